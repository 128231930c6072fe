"""Colleagues on one form: a seat, a mail and a link each; all together or as many as possible; the same form twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import queries
from services.registration.models import Event, PersonalLink, Registration, SensitiveAnswers, WaitingEntry
from services.registration.queries import waiting
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, links, registering
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_form import PERSON, opened
from tests.integration.test_registration_seats import assert_sound, at_once

COLLEAGUES = {
    "c1-first_name": "Noé",
    "c1-last_name": "Durand",
    "c1-email": "noe@example.org",
    "c1-meal": "true",
    "c2-first_name": "Salomé",
    "c2-last_name": "Roques",
    "c2-email": "salome@example.org",
    "c2-meal": "false",
}
FORM = "/e/agora-2016/inscription"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def event(db: Database, capacity: int) -> Event:
    with db.transaction() as session:
        return an_event(session, capacity=capacity, workshops=[[2, 5]])


def people(db: Database) -> dict[str, str]:
    with db.reading() as session:
        return {row.first_name: row.status for row in session.scalars(sa.select(Registration))}


def test_each_gets_a_seat_a_mail_and_a_link_and_nobody_agrees_for_another(
    registration_client: Any, registration_db: Database
) -> None:
    made = event(registration_db, 5)
    room = made.workshops[0].id
    slot = made.slots[0].id
    more = {f"slot-{slot}": room, f"c1-slot-{slot}": room, f"c2-slot-{slot}": room, "photo": "true", "diet": "vegan"}
    answer = registration_client.post(FORM, data=PERSON | COLLEAGUES | opened(registration_client) | more)
    assert answer.status_code == 303
    page = registration_client.get(answer.location).text
    assert "Inscrit·es avec vous" in page
    assert "Noé Durand" in page
    assert people(registration_db) == {"Aïcha": "confirmed", "Noé": "confirmed", "Salomé": "confirmed"}
    with registration_db.reading() as session:
        told = sa.select(outbox.c.envelope).where(outbox.c.type.like("%confirmed.v1")).order_by(outbox.c.id)
        rows = session.execute(told).scalars()
        facts = {row["data"]["person"]["first_name"]: row["data"] for row in rows}
        assert session.scalar(sa.select(sa.func.count()).select_from(SensitiveAnswers)) == 1
        photo = {row.first_name: row.photo for row in session.scalars(sa.select(Registration))}
        assert session.scalar(sa.select(sa.func.count()).select_from(PersonalLink)) == 3
    assert len({data["link"] for data in facts.values()}) == 3
    assert {name: data["registered_by"] for name, data in facts.items()} == {
        "Aïcha": "",
        "Noé": "Aïcha Bélières",
        "Salomé": "Aïcha Bélières",
    }
    assert photo == {"Aïcha": True, "Noé": False, "Salomé": False}
    # Two seats in the room for three people: the last one waits, the others do not lose theirs for it.
    assert [data["workshops"][0]["outcome"] for data in facts.values()] == ["confirmed", "confirmed", "waiting"]
    theirs = registration_client.get(
        facts["Noé"]["link"].replace(SITE, "").split("127.0.0.1")[-1].lstrip(":0123456789")
    )
    assert "Inscrit·es avec vous" not in theirs.text
    assert_sound(registration_db)


def test_blocks_come_and_go_without_losing_a_word(registration_client: Any, registration_db: Database) -> None:
    event(registration_db, 5)
    fields = PERSON | opened(registration_client) | {"access": "Rampe"}
    more = registration_client.post(FORM, data=fields | {"add": "1"})
    assert more.status_code == 200
    assert 'name="c1-first_name"' in more.text
    assert "Rampe" in more.text
    # On a phone, the new block is three screens down: the page comes back where it stands.
    asked = re.search(r'formaction="[^"#]*#(c\d)">Ajouter', registration_client.get(FORM).text)
    assert asked
    assert f'<fieldset class="colleague" id="{asked[1]}">' in more.text
    fewer = registration_client.post(FORM, data=fields | COLLEAGUES | {"remove": "1"})
    assert 'name="c1-first_name"' not in fewer.text
    assert 'value="Salomé"' in fewer.text
    wrong = registration_client.post(FORM, data=fields | COLLEAGUES | {"c2-email": "salome"})
    assert wrong.status_code == 422
    assert re.search(r'href="#f-c2-email">Collègue 2, Adresse électronique', wrong.text)
    assert people(registration_db) == {}


def test_a_colleague_may_be_given_the_choices_of_who_fills_the_form_in(
    registration_client: Any, registration_db: Database
) -> None:
    made = event(registration_db, 5)
    slot, room = f"slot-{made.slots[0].id}", str(made.workshops[0].id)
    mine = PERSON | COLLEAGUES | opened(registration_client) | {"meal": "true", slot: room}
    page = registration_client.post(FORM, data=mine | {"same": "2", f"c1-{slot}": "none"}).text

    def chosen(name: str) -> list[str]:
        return re.findall(rf'name="{name}" value="([^"]*)"[^>]* checked', page)

    assert [chosen(f"c2-{name}") for name in ("meal", slot)] == [["true"], [room]]
    assert [chosen(f"c1-{name}") for name in ("meal", slot)] == [["true"], ["none"]]
    assert 'value="Salomé"' in page
    assert people(registration_db) == {}
    odd = registration_client.post(FORM, data=mine | {"same": "²"})
    assert odd.status_code == 303


@pytest.mark.parametrize(
    ("policy", "status"), [("possible", ["confirmed", "confirmed", "wait_listed"]), ("together", ["wait_listed"] * 3)]
)
def test_too_few_seats(registration_client: Any, registration_db: Database, policy: str, status: list[str]) -> None:
    event(registration_db, 2)
    registration_client.post(FORM, data=PERSON | COLLEAGUES | opened(registration_client) | {"policy": policy})
    assert people(registration_db) == dict(zip(("Aïcha", "Noé", "Salomé"), status, strict=True))
    with registration_db.reading() as session:
        told = sa.select(outbox.c.envelope["data"]).where(outbox.c.type.like("%wait_listed.v1"))
        waiting = list(session.scalars(told))
    together = policy == "together"
    assert [(data["rank"], data.get("together", False)) for data in waiting] == [(1, together)] * len(waiting)
    theirs = registration_client.get("/i/" + waiting[-1]["link"].rpartition("/")[2]).text
    assert ("vous attendez à plusieurs, au rang 1" in theirs.replace("\u202f", " ").replace("\xa0", " ")) == together
    assert_sound(registration_db)


def test_who_stays_behind_alone_waits_alone_again(registration_client: Any, registration_db: Database) -> None:
    """The staff's list gives those who wait together their one rank; whoever is left of them is told of nobody else."""
    made = event(registration_db, 2)
    registration_client.post(FORM, data=PERSON | COLLEAGUES | opened(registration_client) | {"policy": "together"})
    with registration_db.transaction() as session:
        for number in range(3):
            registering.register(session, made.id, answers(number), NOW, site=SITE)
        assert [(one.rank, one.together) for one in waiting.queues(session, made.id)] == [(1, True)] * 3 + [(4, False)]
        *gone, last, _single = session.scalars(sa.select(WaitingEntry.registration_id).order_by(WaitingEntry.number))
        assert [standing(session, one).together for one in (*gone, last)] == [True] * 3
        for one in gone:
            changing.cancel(session, one, NOW, site=SITE)
        assert [(one.rank, one.together) for one in waiting.queues(session, made.id)] == [(1, False), (2, False)]
        found = standing(session, last)
        assert (found.rank, found.together) == (1, False)


def test_a_full_workshop_is_told_to_who_registered_them_and_to_who_waits_with_what_is_free(
    registration_client: Any, registration_db: Database
) -> None:
    """Two of three get « L’eau »: the third waits, the contact reads it, and « Le climat » at that hour is proposed."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=9, workshops=[[2, 1]])
        full, free = made.workshops
        asked = {"workshops": [full.id], "form_key": "key-1"}
        party = [answers(number, **asked) for number in (1, 2, 3)]
        done = registering.register_party(session, made.id, party, NOW, site=SITE)
    contact = registration_client.get(f"/i/{done[0].token}").text
    assert contact.count("attend pour 1 atelier") == 1
    with registration_db.transaction() as session:
        token = links.issue(session, done[2].registration_id, "resent", NOW)
    page = registration_client.get(f"/i/{token}").text
    assert "il reste des places" in page
    assert free.title in page
    with registration_db.transaction() as session:
        registering.register(session, made.id, answers(4, workshops=[free.id]), NOW, site=SITE)
    assert "il reste des places" not in registration_client.get(f"/i/{token}").text


def test_the_form_has_three_steps_and_colleagues_are_none(registration_client: Any, registration_db: Database) -> None:
    event(registration_db, 5)
    assert re.findall(r'class="step">(\d)<', registration_client.get(FORM).text) == ["1", "2", "3"]


def test_the_same_form_twice_at_once_and_then_with_one_more(registration_db: Database) -> None:
    made = event(registration_db, 9)
    party = [answers(1), answers(2, form_key="key-1"), answers(3, form_key="key-1")]

    def send(who: list[dict[str, Any]]) -> list[registering.Registered]:
        with registration_db.transaction() as session:
            return registering.register_party(session, made.id, who, NOW, site=SITE)

    first, *others = at_once([lambda: send(party) for _ in range(4)])
    ids = [one.registration_id for one in first]
    assert all([one.registration_id for one in other] == ids for other in others)
    again = send([*party, answers(4, form_key="key-1")])
    assert [one.repeated for one in again] == [True, True, True, False]
    assert len(people(registration_db)) == 1  # one first name
    with registration_db.reading() as session:
        assert len(queries_colleagues(session, ids[0])) == 3
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 4
    assert_sound(registration_db)


def queries_colleagues(session: Any, registration_id: Any) -> list[Any]:
    from services.registration.queries.parties import colleagues

    return colleagues(session, registration_id)


def test_a_party_keeps_its_rank_and_takes_its_seats_all_at_once(registration_db: Database) -> None:
    made = event(registration_db, 2)
    with registration_db.transaction() as session:
        holders = [registering.register(session, made.id, answers(n), NOW, site=SITE) for n in (1, 2)]
    with registration_db.transaction() as session:
        pair = [answers(3), answers(4, form_key="key-3")]
        party = registering.register_party(session, made.id, pair, NOW, site=SITE, together=True)
    with registration_db.transaction() as session:
        changing.cancel(session, holders[0].registration_id, NOW, site=SITE)
    with registration_db.reading() as session:  # one seat is free and goes to nobody of the pair
        assert session.scalar(sa.select(sa.func.count()).select_from(WaitingEntry)) == 2
        assert queries.idle_seats(session) == []
    with registration_db.transaction() as session:  # whoever comes alone may sit there
        single = registering.register(session, made.id, answers(5), NOW, site=SITE)
    assert single.standing is not None
    assert single.standing.registration.status == "confirmed"
    for gone in (holders[1], single):
        with registration_db.transaction() as session:
            changing.cancel(session, gone.registration_id, NOW, site=SITE)
    with registration_db.reading() as session:
        status = {one: session.get_one(Registration, one).status for one in [p.registration_id for p in party]}
    assert set(status.values()) == {"confirmed"}
    assert_sound(registration_db)


def test_what_is_to_be_seen_again_is_listed_as_the_page_goes_down(
    registration_client: Any, registration_db: Database
) -> None:
    made = event(registration_db, 5)
    slot = f"slot-{made.slots[0].id}"
    wrong = {slot: "gone", f"c1-{slot}": "gone", "c1-first_name": "", "c2-email": "?", "department": ""}
    sent = PERSON | COLLEAGUES | opened(registration_client) | wrong | {"meal": ""}
    page = registration_client.post(FORM, data=sent).text
    summary = page.split('class="summary"')[1].split("</div>")[0]
    listed = re.findall(r'href="#(f-[^"]+)"', summary)
    assert len(listed) == 6
    assert listed == sorted(listed, key=lambda name: page.index(f' id="{name}"'))

    link = registration_client.post(FORM, data=PERSON | opened(registration_client)).location.split("?")[0]
    page = registration_client.post(
        f"{link}/modifier", data=PERSON | {slot: "gone", "phone": "x", "last_name": "7"}
    ).text
    listed = re.findall(r'href="#(f-[^"]+)"', page.split('class="summary"')[1].split("</div>")[0])
    assert listed == [f"f-{slot}", "f-last_name", "f-phone"]


def test_the_same_form_under_a_colleagues_name_shows_nobodys_page(
    registration_client: Any, registration_db: Database
) -> None:
    """What a colleague says later, of a diet or of access, is on their page: the link goes to their address alone."""
    event(registration_db, 5)
    sent = PERSON | COLLEAGUES | opened(registration_client)
    assert registration_client.post(FORM, data=sent).status_code == 303
    own = {name.removeprefix("c1-"): value for name, value in COLLEAGUES.items() if name.startswith("c1-")}
    kept = {name: value for name, value in sent.items() if name not in COLLEAGUES}
    assert registration_client.post(FORM, data=kept | own).location == "/e/agora-2016/deja-inscrit"
    assert registration_client.post(FORM, data=sent).location.startswith("/i/"), "the same again is the same"
    assert len(people(registration_db)) == 3
