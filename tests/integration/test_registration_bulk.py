"""Many registrations at once: announced, done to exactly those, and taken back where it can be."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.registration.models import BulkActionPerson, Event, Quota, Registration, RegistrationMark
from services.registration.queries.selection import Wanted
from services.registration.rules import lists as rules
from services.registration.use_cases import bulk, registering
from shared import clock
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

LIST = "/equipe/evenements/agora-2016/inscriptions"


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Two seats; 0 and 1 have them, 2 waits alone, 3 and 4 wait together, 5 waits alone."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2)
    for together, numbers in ((False, [0]), (False, [1]), (False, [2]), (True, [3, 4]), (False, [5])):
        with registration_db.transaction() as session:
            party = [answers(number, form_key=f"form-{numbers[0]}") for number in numbers]
            registering.register_party(session, made.id, party, NOW, site=SITE, together=together)
    return made


def person(db: Database, number: int) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(Registration.id).where(Registration.last_name == f"Personne{number}")).one()


def chosen(db: Database, *numbers: int) -> Wanted:
    return Wanted(ids=tuple(person(db, number) for number in numbers))


def run(db: Database, event: Event, kind: str, wanted: Wanted, expected: int, **more: Any) -> uuid.UUID:
    with db.transaction() as session:
        options: dict[str, Any] = {"action_id": new_id(), "expected": expected, "who": "test", "site": SITE} | more
        return bulk.run(session, event.id, kind, wanted, NOW, **options).id


def undo(db: Database, event: Event, action: uuid.UUID, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        bulk.undo(session, event.id, action, now, who="test", site=SITE)


def states(db: Database) -> str:
    """c: certain, w: waits, x: cancelled; in the order of the fixture."""
    with db.reading() as session:
        rows = session.execute(sa.select(Registration.last_name, Registration.status).order_by("last_name"))
        return "".join({"confirmed": "c", "wait_listed": "w", "cancelled": "x"}[status] for _, status in rows)


def capacity(db: Database) -> int:
    with db.reading() as session:
        return session.scalars(sa.select(Quota.capacity).where(Quota.kind == "event")).one()


def outcomes(db: Database, action: uuid.UUID) -> list[str]:
    with db.reading() as session:
        query = sa.select(BulkActionPerson.outcome).where(BulkActionPerson.action_id == action)
        return sorted(session.scalars(query))


def test_no_seat_is_made_up_and_the_missing_ones_are_added_when_asked(registration_db: Database, event: Event) -> None:
    without = run(registration_db, event, "admit", chosen(registration_db, 2, 5), 2)
    assert (states(registration_db), outcomes(registration_db, without)) == ("ccwwww", ["left", "left"])
    run(registration_db, event, "admit", chosen(registration_db, 2, 5), 2, add_seats=True)
    assert (states(registration_db), capacity(registration_db)) == ("cccwwc", 4)
    with registration_db.reading() as session:
        types = session.scalars(sa.select(outbox.c.type).where(outbox.c.type.like("%promoted%"))).all()
    assert len(types) == 2


def test_a_party_that_waits_together_is_not_divided(registration_db: Database, event: Event) -> None:
    run(registration_db, event, "admit", chosen(registration_db, 3, 5), 2, add_seats=True)
    assert (states(registration_db), capacity(registration_db)) == ("ccwwwc", 3)
    run(registration_db, event, "admit", chosen(registration_db, 3, 4), 2, add_seats=True)
    assert (states(registration_db), capacity(registration_db)) == ("ccwccc", 5)


def test_cancelled_with_a_reason_and_taken_back_as_far_as_seats_go(registration_db: Database, event: Event) -> None:
    """1's seat went to 2 meanwhile, who keeps it: 1 waits, at the end."""
    action = run(registration_db, event, "cancel", chosen(registration_db, 1, 5), 2, words="Salle trop petite")
    assert states(registration_db) == "cxcwwx"
    with registration_db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.registration.cancelled.v1")
        assert [one["data"]["reason"] for one in session.scalars(query)] == ["Salle trop petite"] * 2
    undo(registration_db, event, action)
    assert (states(registration_db), outcomes(registration_db, action)) == ("cwcwww", ["waiting", "waiting"])
    undo(registration_db, event, action)  # again changes nothing


def test_who_waits_is_cancelled_before_who_has_a_seat(registration_db: Database, event: Event) -> None:
    run(registration_db, event, "cancel", chosen(registration_db, 0, 1, 2), 3, words="Doublons")
    # 2 is not promoted only to be cancelled; the two who wait together get both seats, given on at once.
    assert states(registration_db) == "xxxccw"
    with registration_db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.registration.promoted.v1")
        mails = sorted(one["data"]["person"]["email"] for one in session.scalars(query))
    assert mails == ["personne3@example.org", "personne4@example.org"]


def test_after_a_quarter_of_an_hour_a_cancellation_stays(registration_db: Database, event: Event) -> None:
    action = run(registration_db, event, "cancel", chosen(registration_db, 0), 1, words="Doublon")
    with pytest.raises(RuleError) as refused:
        undo(registration_db, event, action, NOW + dt.timedelta(minutes=16))
    assert refused.value.code == "bulk-undo-late"


def test_a_mark_is_put_found_and_taken_back_from_who_got_it_now(registration_db: Database, event: Event) -> None:
    run(registration_db, event, "mark", chosen(registration_db, 0), 1, words="presse")
    second = run(registration_db, event, "mark", Wanted(status="confirmed"), 2, words=" presse ")
    assert outcomes(registration_db, second) == ["done", "left"]
    undo(registration_db, event, second)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(RegistrationMark.registration_id)).all() == [person(registration_db, 0)]
    run(registration_db, event, "cancel", Wanted(mark="presse"), 1, words="Autre salle")
    assert states(registration_db)[0] == "x"


@pytest.mark.parametrize(
    ("kind", "words", "expected", "code"),
    [("cancel", " ", 2, "bulk-reason"), ("cancel", "Doublons", 3, "bulk-moved"), ("mark", "x" * 41, 2, "bulk-long")],
)
def test_no_reason_or_other_people_than_announced_do_nothing(
    registration_db: Database, event: Event, kind: str, words: str, expected: int, code: str
) -> None:
    with pytest.raises(RuleError) as refused:
        run(registration_db, event, kind, Wanted(status="confirmed"), expected, words=words)
    assert (refused.value.code, states(registration_db)) == (code, "ccwwww")


def test_twice_is_once(registration_db: Database, event: Event) -> None:
    key, wanted = new_id(), chosen(registration_db, 0)
    for _ in range(2):
        run(registration_db, event, "cancel", wanted, 1, words="Doublon", action_id=key)
    assert states(registration_db) == "xccwww"


@given(
    sizes=st.lists(st.integers(1, 4), max_size=8),
    left_out=st.sets(st.integers(0, 20)),
    free=st.integers(0, 12),
)
def test_admitting_never_divides_a_party_nor_gives_more_than_is_free(
    sizes: list[int], left_out: set[int], free: int
) -> None:
    people = [[uuid.uuid4() for _ in range(size)] for size in sizes]
    queue = [(one, members[0] if len(members) > 1 else None) for members in people for one in members]
    wanted = {one for place, (one, _) in enumerate(queue) if place not in left_out}
    admitted = rules.fitting(rules.units(queue, wanted), free)
    assert len(admitted) == len(set(admitted)) <= free
    assert set(admitted) <= wanted
    assert all(set(members) <= set(admitted) or not set(members) & set(admitted) for members in people)


def hidden(page: str) -> dict[str, Any]:
    form = page[page.rindex("<form") :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def test_from_the_boxes_to_the_report_and_back(
    registration_client: Any, sign_in: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    staff = registration_client
    boxes = [("ids", str(person(registration_db, number))) for number in (0, 5)]
    asked = staff.get(f"{LIST}/ensemble", query_string=[("action", "cancel"), *boxes])
    assert "Annuler 2 inscriptions" in asked.text
    refused = staff.post(f"{LIST}/ensemble", data=hidden(asked.text))
    assert refused.status_code == 422
    done = staff.post(f"{LIST}/ensemble", data=hidden(refused.text) | {"words": "Doublons"})
    assert (done.status_code, states(registration_db)) == (303, "xccwwx")
    assert "2 inscriptions annulées" in staff.get(done.location).text
    staff.post(f"{done.location}/reprendre")
    assert states(registration_db) == "wccwww"
    away = staff.get(f"{LIST}/ensemble", query_string=[("action", "write"), ("etat", "wait_listed")])
    assert away.location.endswith("/messages/nouveau?etat=wait_listed")
    for nonsense in ({}, {"action": "x"}, {"action": "mark", "ids": "x", "marque": "\x00"}):
        assert staff.get(f"{LIST}/ensemble", query_string=nonsense).status_code in (200, 400, 422)


def test_other_people_in_the_same_number_are_other_people(
    registration_client: Any, sign_in: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 leaves between the page and the click, and 2 has that seat: still two. What was done is found again later."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    staff = registration_client
    asked = staff.get(f"{LIST}/ensemble?action=mark&etat=confirmed")
    run(registration_db, event, "cancel", chosen(registration_db, 1), 1, words="Malade")
    moved = staff.post(f"{LIST}/ensemble", data=hidden(asked.text) | {"words": "presse"})
    with registration_db.reading() as session:
        assert (moved.status_code, session.scalars(sa.select(RegistrationMark)).all()) == (409, [])
    done = staff.post(f"{LIST}/ensemble", data=hidden(moved.text) | {"words": "presse"})
    assert done.status_code == 303
    told = html.unescape(staff.get("/equipe/evenements/agora-2016").text).partition("Ce qui s’est passé")[2]
    theirs = staff.get(f"/equipe/inscriptions/{person(registration_db, 0)}").text
    assert re.findall(r'class="pill pill-none">([^<]+)<', theirs) == ["presse"]
    assert f'href="{done.location}">2 personnes, « presse »</a>' in told.replace("\u202f", " ")


def test_a_filter_is_kept_under_a_name_for_the_team(
    registration_client: Any, sign_in: Any, registration_db: Database, event: Event
) -> None:
    sign_in(registration_client, "staff")
    staff = registration_client
    for name, typed in ((" ", ""), ("\u202e", ""), ("n" * 61, "n" * 61)):
        refused = staff.post(f"{LIST}/filtres", data={"name": name, "etat": "confirmed"})
        assert (refused.status_code, "Donnez un nom court" in refused.text) == (422, True)
        assert re.findall(r'name="name"[^>]* value="([^"]*)"', refused.text) == [typed]
        assert 'name="etat" value="confirmed"' in refused.text
    shown = html.unescape(staff.get(f"{LIST}?etat=confirmed").text)
    (where,) = re.findall(r'action="([^"]+/filtres[^"]*)"', shown)
    refused = staff.post(where, data={"name": " ", "etat": "confirmed"})
    (by_name,) = re.findall(r'href="([^"]+)">Nom<', html.unescape(refused.text))
    for link in (by_name, f"{LIST}/filtres?etat=confirmed&q=awa"):  # the search goes to the address of the page
        led = staff.get(link)
        assert (led.status_code, led.location.partition("?")[0], "etat=confirmed" in led.location) == (303, LIST, True)
    for state in ("wait_listed", "confirmed"):
        staff.post(f"{LIST}/filtres", data={"name": "Les certains", "etat": state})
    page = staff.get(LIST).text
    assert html.unescape(page).count("inscriptions?etat=confirmed") == 1
    assert "inscriptions?etat=wait_listed" not in html.unescape(page)
    drop = re.search(r'action="([^"]+/retirer)"', page)
    assert drop
    assert staff.post(drop[1]).status_code == 303
    assert "Les certains" not in staff.get("/equipe/evenements/agora-2016/inscriptions?q=a").text.split("</form>")[-1]
