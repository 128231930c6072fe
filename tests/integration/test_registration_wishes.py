"""Ranked wishes: kept until the date, allocated in one transaction, told with the reason, swapped in later."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import allocation_replay, queries
from services.registration.models import Event, Quota, RankedWish, Registration, SeatClaim
from services.registration.queries import ranking
from services.registration.queries.standing import standing
from services.registration.use_cases import allocating, changing, registering, transferring
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_seats import assert_sound

DUE = NOW + dt.timedelta(days=2)


class Play:
    """An event of two slots: A with three workshops of one seat, B with one of five."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.transaction() as session:
            event = an_event(session, capacity=5, workshops=[[1, 1, 1], [5]])
            self.event = event.id
            self.rooms = [workshop.id for workshop in event.slots[0].workshops]
            self.later = event.slots[1].workshops[0].id
            self.slot = event.slots[0].id
            allocating.set_terms(session, event, DUE, NOW, who="test")

    def come(self, number: int, wishes: str = "012", now: dt.datetime = NOW) -> uuid.UUID:
        asked = [self.rooms[int(one)] for one in wishes] + [self.later]
        with self.db.transaction() as session:
            data = answers(number, wishes=asked)
            return registering.register(session, self.event, data, now, site=SITE).registration_id

    def apply(self) -> dict[str, list[int]]:
        with self.db.transaction() as session:
            return allocating.apply(session, self.event, DUE, who="test")

    def has(self, who: uuid.UUID) -> int | None:
        """Which workshop of slot A."""
        query = (
            sa.select(Quota.workshop_id)
            .join(SeatClaim, SeatClaim.quota_id == Quota.id)
            .where(SeatClaim.registration_id == who, Quota.workshop_id.in_(self.rooms))
        )
        with self.db.reading() as session:
            found = session.scalars(query).all()
        assert len(found) < 2
        return self.rooms.index(found[0]) if found else None  # type: ignore[arg-type]

    def cancel(self, who: uuid.UUID) -> None:
        with self.db.transaction() as session:
            changing.cancel(session, who, DUE, site=SITE)


@pytest.fixture
def play(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Play:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Play(registration_db)


def told(db: Database, who: uuid.UUID) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.type, outbox.c.envelope).where(outbox.c.thing == str(who)).order_by(sa.text("id"))
    with db.reading() as session:
        return [row.envelope["data"] | {"type": row.type} for row in session.execute(query)]


def test_before_the_date_nobody_has_or_waits_for_a_workshop(play: Play) -> None:
    people = [play.come(number) for number in range(3)]
    assert [play.has(one) for one in people] == [None] * 3
    with play.db.reading() as session:
        assert standing(session, people[0]).places == []
        assert ranking.wishes(session, people[0]) == [*play.rooms, play.later]
    with pytest.raises(RuleError, match="date annoncée"), play.db.transaction() as session:
        allocating.apply(session, play.event, NOW, who="test")


def test_until_the_date_mails_say_the_wishes_and_when_they_are_allocated(play: Play) -> None:
    people = [play.come(number) for number in range(6)]  # for five places
    with play.db.transaction() as session:
        changing.change(session, people[1], answers(1, wishes=[play.rooms[2]]), NOW, site=SITE)
    first = [
        {"slot": "Créneau 0", "titles": ["Atelier 0.0", "Atelier 0.1", "Atelier 0.2"]},
        {"slot": "Créneau 1", "titles": ["Atelier 1.0"]},
    ]
    for number, kind, ranked in (
        (0, "confirmed", first),
        (5, "wait_listed", first),
        (1, "changed", [{"slot": "Créneau 0", "titles": ["Atelier 0.2"]}]),
    ):
        mail = told(play.db, people[number])[-1]
        assert (mail["type"].split(".")[2], mail["ranked"]) == (kind, ranked)
        assert dt.datetime.fromisoformat(mail["allocated_at"]) == DUE
    play.apply()
    play.cancel(people[0])
    assert [one for one in told(play.db, people[5]) if one["type"].endswith("promoted.v1") and "ranked" in one] == []


def test_the_dry_run_writes_nothing_and_the_real_one_gives_the_same(play: Play) -> None:
    people = [play.come(number) for number in range(4)]
    with play.db.reading() as session:
        event = session.get_one(Event, play.event)
        round_, got = allocating.propose(session, event)
    assert [play.has(one) for one in people] == [None] * 4
    summary = play.apply()
    assert list(summary.values()) == [[1, 1, 1, 1], [0, 4, 0, 0]]
    by_reference = {round_.people[who]: slots["01 Créneau 0"][0] for who, slots in got.items()}
    for one in people:
        room = play.has(one)
        assert by_reference[one] == (str(play.rooms[room]) if room is not None else None)
    assert_sound(play.db)
    with pytest.raises(RuleError, match="déjà répartis"):
        play.apply()


def test_each_is_told_once_which_wish_and_why(play: Play, registration_client: Any, sign_in: Any) -> None:
    people = [play.come(number) for number in range(4)]
    play.apply()
    for expected in (4, 0):
        with play.db.transaction() as session:
            assert allocating.tell(session, DUE, site=SITE) == expected
    mails = {play.has(one): told(play.db, one)[-1] for one in people}
    assert {mail["type"] for mail in mails.values()} == {"registration.workshops.allocated.v1"}
    second = mails[1]["outcomes"][0]
    assert (second["title"], second["rank"]) == ("Atelier 0.1", 2)
    assert second["better"] == [{"title": "Atelier 0.0", "rank": 1, "asked": 4, "first": 4, "seats": 1}]
    assert mails[None]["outcomes"][0]["title"] == ""
    assert sorted(mail["lot"] for mail in mails.values()) == [1, 2, 3, 4]
    assert [slot["summary"] for slot in mails[1]["calendar"]] == ["Journée d’essai", "Atelier 0.1", "Atelier 1.0"]
    page = registration_client.get(mails[1]["link"].removeprefix(SITE)).text
    assert "2e souhait" in page
    assert "4 personnes l’ont demandé, dont 4 en premier, pour 1 place." in page
    sign_in(registration_client, "staff")  # who is asked on the telephone
    empty = next(one for one in people if play.has(one) is None)
    page = re.sub(r"\s+", " ", registration_client.get(f"/equipe/inscriptions/{empty}").text)
    assert ("aucun de ses souhaits" in page, page.count("Attend au rang 1.")) == (True, 3)
    assert page.count("4 personnes l’ont demandé, dont") == 3
    assert f"numéro {mails[None]['lot']} sur 4." in page


def test_who_named_a_single_workshop_reads_what_that_counts_for(play: Play, registration_client: Any) -> None:
    people = [play.come(0, "0"), play.come(1, "0")]
    play.apply()
    with play.db.transaction() as session:
        allocating.tell(session, DUE, site=SITE)
    pages = {
        play.has(one): registration_client.get(told(play.db, one)[-1]["link"].removeprefix(SITE)).text for one in people
    }
    short = "n’avoir aucun atelier compte comme un 2e souhait"
    assert {room: short in page for room, page in pages.items()} == {0: False, None: True}


def test_who_reads_english_is_told_of_their_wishes_in_it(play: Play, registration_client: Any) -> None:
    with play.db.transaction() as session:
        event = session.get_one(Event, play.event)
        event.slots[0].label_en = "First slot"
        for number, workshop in enumerate(event.slots[0].workshops):
            workshop.title_en = f"Workshop {number}"
        asked = [*play.rooms, play.later]
        for number in range(2):
            registering.register(session, event.id, answers(number, wishes=asked, locale="en"), NOW, site=SITE)
        people = session.scalars(sa.select(Registration.id)).all()
    play.apply()
    with play.db.transaction() as session:
        allocating.tell(session, DUE, site=SITE)
    second = next(told(play.db, one)[-1] for one in people if play.has(one) == 1)
    outcome = second["outcomes"][0]
    assert (outcome["slot"], outcome["title"]) == ("First slot", "Workshop 1")
    assert [one["title"] for one in outcome["better"]] == ["Workshop 0"]
    page = registration_client.get(f"{second['link'].removeprefix(SITE)}?lang=en").text
    assert ("“Workshop 0”" in page, "First slot" in page, "Atelier 0.0" in page) == (True, True, False)


def test_who_left_every_wish_by_hand_is_not_told_that_none_was_served(
    play: Play, registration_client: Any, sign_in: Any
) -> None:
    people = [play.come(number) for number in range(4)]
    play.apply()
    with play.db.transaction() as session:
        allocating.tell(session, DUE, site=SITE)
    who = next(one for one in people if play.has(one) is None)
    address = told(play.db, who)[-1]["link"].removeprefix(SITE)
    assert "aucun de vos souhaits" in registration_client.get(address).text
    for room in play.rooms:
        with play.db.transaction() as session:
            changing.leave_queue(session, who, room, DUE)
    page = registration_client.get(address).text
    assert "aucun de vos souhaits" not in page
    assert "Vous avez laissé vos souhaits dans ce créneau." in page
    sign_in(registration_client, "staff")
    theirs = registration_client.get(f"/equipe/inscriptions/{who}").text
    assert ("aucun de ses souhaits" in theirs, "Souhaits laissés dans ce créneau." in theirs) == (False, True)


def test_a_dearer_wish_that_comes_free_moves_people_one_after_the_other(play: Play) -> None:
    people = [play.come(number) for number in range(4)]
    play.apply()
    first, second, third, none = sorted(people, key=lambda one: (play.has(one) is None, play.has(one)))
    play.cancel(first)
    # Who had nothing is first in every queue; then the others move up.
    assert play.has(none) == 0
    assert [play.has(one) for one in (second, third)] == [1, 2]
    play.cancel(none)
    assert [play.has(one) for one in (second, third)] == [0, 1]
    mail = told(play.db, second)[-1]
    assert mail["type"].endswith("changed.v1")
    assert mail["gained"] == ["Atelier 0.0"]  # what they waited for, and not a change that somebody made
    off = {slot["summary"]: slot["cancelled"] for slot in mail["calendar"]}
    assert off == {"Journée d’essai": False, "Atelier 0.0": False, "Atelier 0.1": True, "Atelier 1.0": False}
    assert_sound(play.db)


def test_who_says_so_stays_where_they_are(play: Play) -> None:
    people = [play.come(number) for number in range(3)]
    play.apply()
    first, second, third = sorted(people, key=lambda one: play.has(one) or 0)
    with play.db.transaction() as session:
        changing.stay(session, second, play.slot, DUE)
    play.cancel(first)
    assert [play.has(one) for one in (second, third)] == [1, 0]
    assert_sound(play.db)


def test_changing_a_meal_keeps_the_queue_and_another_workshop_leaves_it(play: Play) -> None:
    people = [play.come(number) for number in range(3)]
    play.apply()
    first, second, third = sorted(people, key=lambda one: play.has(one) or 0)

    def change(who: uuid.UUID, **more: Any) -> None:
        with play.db.transaction() as session:
            changing.change(session, who, {**changing.answers(session, who), **more}, DUE, site=SITE)

    change(second, meal=False)
    change(third, workshops=[play.later])
    assert [play.has(one) for one in (first, second, third)] == [0, 1, None]
    play.cancel(first)
    assert [play.has(one) for one in (second, third)] == [0, None]
    assert_sound(play.db)


def test_who_got_nothing_reads_which_workshops_of_that_hour_have_seats(play: Play) -> None:
    people = [play.come(number, "0") for number in range(2)]
    play.apply()
    (left,) = [one for one in people if play.has(one) is None]
    with play.db.transaction() as session:
        changing.change(session, left, changing.answers(session, left) | {"meal": False}, DUE, site=SITE)
    waits, has = told(play.db, left)[-1]["workshops"]
    assert (waits["title"], waits["rank"], waits["beside"]) == ("Atelier 0.0", 1, ["Atelier 0.1", "Atelier 0.2"])
    assert "beside" not in has


def test_late_ones_take_what_is_left_and_the_one_transferred_keeps_the_queue(play: Play) -> None:
    people = [play.come(number) for number in range(2)]
    play.apply()
    second = next(one for one in people if play.has(one) == 1)
    taker = {"first_name": "Léa", "last_name": "Rivière", "email": "lea@example.org"}
    with play.db.transaction() as session:
        new = transferring.transfer(session, second, taker, DUE, site=SITE).registration.id
        late = registering.register(session, play.event, answers(9, workshops=[play.rooms[2]]), DUE, site=SITE)
    assert play.has(late.registration_id) == 2
    play.cancel(next(one for one in people if one != second))
    assert (play.has(new), play.has(second)) == (0, None)
    assert_sound(play.db)


def test_an_outsider_computes_it_again_from_the_export(
    play: Play, registration_client: Any, sign_in: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(4):
        play.come(number)
    play.apply()
    sign_in(registration_client, "auditor")
    body = registration_client.get("/equipe/evenements/agora-2016/souhaits/repartition.json").data
    assert b"Personne" not in body
    file = tmp_path / "repartition.json"
    file.write_bytes(body)
    assert allocation_replay.main([str(file)]) == 0
    record = json.loads(body)
    who = next(iter(record["people"].values()))["01 Créneau 0"]
    who["got"] = None if who["got"] else str(play.rooms[0])
    file.write_text(json.dumps(record))
    assert allocation_replay.main([str(file)]) == 1
    assert "recomputed" in capsys.readouterr().out


def test_the_way_is_not_changed_once_people_chose(play: Play) -> None:
    play.come(1)
    with play.db.transaction() as session, pytest.raises(RuleError, match="déjà choisi"):
        allocating.set_terms(session, session.get_one(Event, play.event), None, NOW, who="test")
    with play.db.transaction() as session:
        seed = ranking.terms(session, play.event).seed  # type: ignore[union-attr]
        allocating.set_terms(session, session.get_one(Event, play.event), DUE + dt.timedelta(1), NOW, who="test")
        assert ranking.terms(session, play.event).seed == seed  # type: ignore[union-attr]


def test_from_the_form_to_the_staffs_picture(
    play: Play, registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = registration_client.get("/e/agora-2016/inscription").text
    assert "s’inscrire tôt ne donne aucun avantage" in page
    fields = {name: str(value) for name, value in answers(1).items() if name not in ("workshops", "meal")}
    fields |= {"meal": "true", "seal": page.split('name="seal" value="')[1].split('"')[0]}
    fields |= {f"slot-{play.slot}-1": str(play.rooms[1]), f"slot-{play.slot}-2": str(play.rooms[1])}
    for box in ("newsletter", "participant_list", "carpool", "photo", "call_back"):
        del fields[box]
    refused = registration_client.post("/e/agora-2016/inscription", data=fields)
    assert refused.status_code == 422
    assert "Vous avez déjà choisi cet atelier" in refused.text
    fields |= {f"slot-{play.slot}-2": "", f"slot-{play.slot}-3": str(play.rooms[0])}
    ticket = registration_client.post("/e/agora-2016/inscription", data=fields).headers["Location"].split("?")[0]
    with play.db.reading() as session:
        ranks = session.execute(sa.select(RankedWish.rank, RankedWish.workshop_id).order_by(RankedWish.rank)).all()
        assert [tuple(row) for row in ranks] == [(1, play.rooms[1]), (2, play.rooms[0])]
    assert "Mes souhaits d’ateliers" in registration_client.get(ticket).text
    edit = registration_client.get(f"{ticket}/modifier").text
    assert f'<option value="{play.rooms[0]}" selected>' in edit
    sign_in(registration_client, "staff")
    staff = "/equipe/evenements/agora-2016/souhaits"
    assert "Voici ce que donneraient les souhaits" in registration_client.get(staff).text
    assert registration_client.post(f"{staff}/repartir").status_code == 409
    monkeypatch.setattr(clock, "now", lambda: DUE)
    assert "Répartir les ateliers" in registration_client.get(staff).text
    assert registration_client.post(f"{staff}/repartir").status_code == 303
    done = registration_client.get(staff).text
    assert "1er souhait 1, 2e souhait 0, 3e souhait 0, aucun 0" in done
    assert registration_client.post(staff, data={"way": "first"}).status_code == 409
    with play.db.reading() as session:
        assert session.scalar(sa.select(Registration.calendar_sequence)) == 1
        assert not queries.oversold(session)


def test_the_staff_read_the_wishes_of_everybody_until_they_are_allocated(
    play: Play, registration_client: Any, sign_in: Any
) -> None:
    who = play.come(0, "10")
    sign_in(registration_client, "staff")
    people = "/equipe/evenements/agora-2016/inscriptions"
    assert "3 souhaits classés" in registration_client.get(people).text
    titles = "Atelier 0.1 (souhait 1) | Atelier 0.0 (souhait 2) | Atelier 1.0 (souhait 1)"
    assert titles in registration_client.get(f"{people}.csv").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Atelier 0.1 &gt; Atelier 0.0" in registration_client.get(f"/equipe/inscriptions/{who}").text
    play.apply()
    told = registration_client.get(f"{people}.csv").text
    assert "Atelier 0.1 | Atelier 1.0" in told
    assert "souhait 1" not in told
