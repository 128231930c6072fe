"""The desk at the door: two devices, the same people, no network for a while."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models import Attendance, Desk, Event, Quota, Registration, WalkIn
from services.registration.queries import checks
from services.registration.queries import desk as queries
from services.registration.queries.places import places
from services.registration.use_cases import changing, desk, erasing, events, registering
from shared import clock
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_late_wishes import WAITING, one_waits

Room = tuple[Event, uuid.UUID]


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def room(registration_db: Database) -> Room:
    """An event of one seat, taken by Soa."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=1, workshops=[[5]])
        data = answers(
            1, first_name="Soa", last_name="Rakotondrainibé", access="Fauteuil", workshops=[event.workshops[0].id]
        )
        soa = registering.register(session, event.id, data, NOW, site=SITE).registration_id
    return event, soa


@pytest.fixture
def tokens(registration_db: Database, registration_client: Any, room: Room) -> list[str]:
    """Two paired devices."""
    found = []
    for _ in range(2):
        with registration_db.transaction() as session:
            _desk, code = desk.open_desk(session, room[0].id, NOW, who="test")
        typed = code.lower().replace("0", "o")
        found.append(registration_client.post("/api/desk/pair", json={"code": typed}).json["token"])
    return found


def tap(
    person: uuid.UUID, value: int = 1, *, base: int = 0, counter: int = 1, minutes: int = 0, **more: Any
) -> dict[str, Any]:
    at = (NOW - dt.timedelta(minutes=30 - minutes)).isoformat()
    return {
        "id": str(new_id()),
        "registration_id": str(person),
        "value": value,
        "base_version": base,
        "counter": counter,
        "client_time": at,
    } | more


def send(client: Any, token: str, *operations: Any, language: str = "fr") -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    answer = client.post("/api/desk/operations", json={"operations": list(operations)}, headers=headers)
    assert answer.status_code == 200
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def pack(client: Any, token: str) -> Any:
    return client.get("/api/desk/pack", headers={"Authorization": f"Bearer {token}"})


def test_a_device_learns_only_what_the_door_needs(registration_client: Any, tokens: list[str]) -> None:
    (person,) = pack(registration_client, tokens[0]).json["people"]
    assert set(person) == {
        *("id", "ticket", "first_name", "last_name", "structure", "meal"),
        *("room", "access", "waiting", "present", "version", "days", "announced"),
        *("workshops", "seen"),
    }
    assert person["access"] is True
    assert "Fauteuil" not in pack(registration_client, tokens[0]).text


def test_a_replay_gets_the_same_answer_and_one_fact_leaves(
    registration_client: Any, registration_db: Database, tokens: list[str], room: Room
) -> None:
    once = tap(room[1])
    (first,) = send(registration_client, tokens[0], once)
    (again,) = send(registration_client, tokens[0], once)
    assert (first["outcome"], again["outcome"]) == ("applied", "duplicate")
    assert (again["version"], again["value"]) == (first["version"], 1)
    with registration_db.reading() as session:
        facts = session.scalars(sa.select(outbox.c.type).where(outbox.c.type.like("registration.attendee.%"))).all()
    assert facts == ["registration.attendee.checked_in.v1"]


def test_two_desks_that_admit_the_same_person_are_both_told(
    registration_client: Any, tokens: list[str], room: Room
) -> None:
    send(registration_client, tokens[0], tap(room[1], minutes=2))
    (second,) = send(registration_client, tokens[1], tap(room[1], minutes=5))
    assert second["outcome"] == "conflict"
    assert second["reason"] == "Déjà admis·e à 8\u202fh\u202f32 par le poste 1"
    for token in tokens:
        (double,) = pack(registration_client, token).json["doubles"]
        assert (double["first_desk"], double["desk"], double["name"]) == (1, 2, "Soa Rakotondrainibé")


def test_the_second_desk_is_told_in_its_own_language_at_each_replay_and_so_are_the_staff(
    registration_client: Any, tokens: list[str], room: Room, sign_in: Any
) -> None:
    send(registration_client, tokens[0], tap(room[1], minutes=2))
    late = tap(room[1], minutes=5)
    for language, said in (
        ("en", "Admitted at 8:32 by desk 1 already"),
        ("fr", "Déjà admis·e à 8\u202fh\u202f32 par le poste 1"),
    ):
        (told,) = send(registration_client, tokens[1], late, language=language)
        assert told["reason"] == said
    sign_in(registration_client, "staff")
    page = registration_client.get("/equipe/evenements/agora-2016/accueil?lang=en")
    assert "Admitted at 8:32 by desk 1 already" in page.text


def test_a_new_desk_of_the_same_event_gets_the_answer_that_the_old_one_missed(
    registration_client: Any, tokens: list[str], room: Room
) -> None:
    """A device that was revoked and given a new code sends again what it does not know to be received."""
    once = tap(room[1])
    (first,) = send(registration_client, tokens[0], once)
    (again,) = send(registration_client, tokens[1], once)
    assert (first["outcome"], again["outcome"], again["version"]) == ("applied", "duplicate", 1)


def test_an_operation_that_the_old_desk_sends_at_that_instant_is_answered_to_the_new_one_too(
    registration_db: Database, tokens: list[str], room: Room
) -> None:
    once = tap(room[1])

    def write(token: str) -> Any:
        return lambda session: desk.write(session, token, [once], NOW, site=SITE)

    first, again = one_waits(registration_db, write(tokens[0]), write(tokens[1]))
    assert (first[0].outcome, again[0].outcome) == ("applied", "duplicate")


def test_an_undo_is_taken_and_a_stale_one_of_another_desk_is_not(
    registration_client: Any, registration_db: Database, tokens: list[str], room: Room
) -> None:
    send(registration_client, tokens[0], tap(room[1]))
    (stale,) = send(registration_client, tokens[1], tap(room[1], 0))
    assert (stale["outcome"], stale["value"]) == ("conflict", 1)
    (undone,) = send(registration_client, tokens[0], tap(room[1], 0, base=1, counter=2))
    assert (undone["outcome"], undone["value"], undone["version"]) == ("applied", 0, 2)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Attendance.present)).all() == [False]


def test_a_walk_in_is_never_turned_away_and_no_quota_is_over(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    person = new_id()
    known = {"first_name": "Éva", "last_name": "Lemoine", "structure": "Mairie"}
    arrival = tap(person, walk_in=known)
    (first,) = send(registration_client, tokens[0], arrival)
    (again,) = send(registration_client, tokens[0], arrival)
    assert (first["outcome"], again["outcome"]) == ("applied", "duplicate")
    with registration_db.reading() as session:
        assert session.get_one(WalkIn, person).beyond_capacity is True
        assert session.get_one(Registration, person).last_name == "Lemoine"
        assert checks.oversold(session) == []
        assert checks.drifted(session) == []


def test_a_newcomer_admitted_by_mistake_gives_the_seat_to_who_waits_and_takes_what_is_left_when_they_come_back(
    registration_client: Any, registration_db: Database, tokens: list[str], room: Room
) -> None:
    with registration_db.transaction() as session:
        events.set_capacity(session, places(session, room[0].id).event.quota_id, 2, NOW, who="test", site=SITE)
    person = new_id()
    walk_in = {"last_name": "Ndiaye", "first_name": "", "structure": ""}
    send(registration_client, tokens[0], tap(person, walk_in=walk_in))
    with registration_db.transaction() as session:
        late = registering.register(session, room[0].id, answers(2), NOW, site=SITE).registration_id

    def stand() -> tuple[str, str]:
        with registration_db.reading() as session:
            assert checks.oversold(session) == checks.drifted(session) == []
            return session.get_one(Registration, person).status, session.get_one(Registration, late).status

    assert stand() == ("confirmed", "wait_listed")
    send(registration_client, tokens[1], tap(person, 0, base=1, counter=2))
    assert stand() == ("cancelled", "confirmed")
    packed = pack(registration_client, tokens[0]).json
    assert str(person) not in [one["id"] for one in packed["people"]]
    (told,) = packed["taken_back"]  # the device that registered them learns that another took them back
    assert (told.pop("id"), told.pop("days")[0]["present"], told) == (
        str(person),
        False,
        {"present": False, "version": 2},
    )
    send(registration_client, tokens[0], tap(person, base=2, counter=3, walk_in=walk_in))
    assert stand() == ("confirmed", "confirmed")
    with registration_db.reading() as session:
        assert session.get_one(WalkIn, person).beyond_capacity is True


def test_only_whom_a_desk_cancelled_comes_back_and_the_others_hold_no_batch_up(
    registration_client: Any, registration_db: Database, tokens: list[str], room: Room
) -> None:
    """Cancelled by the staff, erased, registered anew under their own address: they are in the room, and no more."""
    names = ("Cissé", "Diop", "Ndiaye")
    cancelled, erased, anew = people = [new_id() for _ in names]
    known = dict(zip(people, ({"last_name": name, "first_name": "Awa"} for name in names), strict=True))
    counters = iter(range(1, 20))

    def taps(value: int, base: int) -> list[dict[str, Any]]:
        return [tap(one, value, base=base, counter=next(counters), walk_in=known[one]) for one in people]

    send(registration_client, tokens[0], *taps(1, 0))
    with registration_db.transaction() as session:
        changing.cancel(session, cancelled, NOW, site=SITE, who="staff@example.org")
        theirs = session.get_one(Registration, anew)
        theirs.email = theirs.email_key = "awa@example.org"
    send(registration_client, tokens[0], *taps(0, 1))
    with registration_db.transaction() as session:
        erasing.anonymise(session, [erased])
        data = answers(2, last_name="Ndiaye", first_name="Awa", email="awa@example.org")
        registering.register(session, room[0].id, data, NOW, site=SITE)
    results = send(registration_client, tokens[0], *taps(1, 2), tap(room[1], counter=next(counters)))
    assert [(one["outcome"], one["value"]) for one in results] == [("applied", 1)] * 4
    with registration_db.reading() as session:
        assert {session.get_one(Registration, one).status for one in people} == {"cancelled"}


def test_a_desk_asks_for_the_seats_in_the_order_of_everybody(
    registration_db: Database, tokens: list[str], room: Room
) -> None:
    """Workshops first: who holds one of them and wants the event's own row finds it free."""
    mistaken, arrival = new_id(), new_id()

    def write(*operations: dict[str, Any]) -> Any:
        with registration_db.transaction() as session:
            return desk.write(session, tokens[0], list(operations), NOW, site=SITE)

    write(tap(mistaken, walk_in={"last_name": "Diop"}))
    batch = (tap(mistaken, 0, base=1, counter=2), tap(arrival, counter=3, walk_in={"last_name": "Cissé"}))
    with ThreadPoolExecutor(1) as pool, registration_db.transaction() as session:
        session.execute(sa.select(Quota.id).where(Quota.kind == "workshop").with_for_update())
        sent = pool.submit(write, *batch)
        until = time.monotonic() + 5
        while not session.scalar(WAITING) and time.monotonic() < until:
            threading.Event().wait(0.01)
            session.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        session.execute(sa.select(Quota.id).where(Quota.kind == "event").with_for_update(nowait=True))
        session.commit()
        assert [one.outcome for one in sent.result(10)] == ["applied", "applied"]


def test_who_is_taken_back_at_that_instant_is_admitted_at_the_next_try(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    person = new_id()
    known = {"last_name": "Diop"}
    send(registration_client, tokens[0], tap(person, walk_in=known))
    back = tap(person, base=1, walk_in=known)

    def undo(session: Session) -> Any:
        return desk.write(session, tokens[0], [tap(person, 0, base=1, counter=2)], NOW, site=SITE)

    def admit(session: Session) -> Any:
        return desk.write(session, tokens[1], [back], NOW, site=SITE)

    with pytest.raises(RuleError) as busy:
        one_waits(registration_db, undo, admit)
    assert busy.value.status == 503
    assert send(registration_client, tokens[1], back)[0]["outcome"] == "applied"
    with registration_db.reading() as session:
        assert session.get_one(Registration, person).status == "confirmed"


def test_who_was_let_in_beyond_the_places_takes_what_nobody_waits_for(
    registration_client: Any, registration_db: Database, sign_in: Any, tokens: list[str], room: Room
) -> None:
    """Three chairs for Soa and two who came: the seats added are in use, and given to nobody else."""
    for counter in (1, 2):
        send(registration_client, tokens[0], tap(new_id(), counter=counter, walk_in={"last_name": f"Ndiaye {counter}"}))
    sign_in(registration_client, "staff")
    assert _figures(registration_client) == {"places certaines": "3", "au-delà des places": "2"}
    assert '1 / 1<br><span class="small">et 2 au-delà</span>' in registration_client.get("/equipe/").text
    with registration_db.transaction() as session:
        late = registering.register(session, room[0].id, answers(2), NOW, site=SITE)
        quota_id = places(session, room[0].id).event.quota_id
        events.set_capacity(session, quota_id, 3, NOW, who="test", site=SITE)
    with registration_db.reading() as session:
        assert session.get_one(Registration, late.registration_id).status == "confirmed"
        assert places(session, room[0].id).event.left == 0
        assert checks.drifted(session) == []
    assert _figures(registration_client) == {"places certaines": "4", "au-delà des places": "1"}


def test_who_was_beyond_the_places_and_got_a_seat_since_is_beyond_no_more(
    registration_client: Any, registration_db: Database, sign_in: Any, tokens: list[str], room: Room
) -> None:
    person = new_id()
    send(registration_client, tokens[0], tap(person, walk_in={"last_name": "Ndiaye"}))
    with registration_db.transaction() as session:
        changing.cancel(session, person, NOW, site=SITE, who="test")
        quota_id = places(session, room[0].id).event.quota_id
        events.set_capacity(session, quota_id, 2, NOW, who="test", site=SITE)
        changing.undo(session, person, NOW, site=SITE, who="test")
    sign_in(registration_client, "staff")
    page = registration_client.get("/equipe/evenements/agora-2016").text
    assert ("<b>2</b>places certaines" in page, "au-delà des places" in page) == (True, False)
    assert "au-delà des places" not in registration_client.get("/equipe/evenements/agora-2016/accueil").text


def _figures(client: Any) -> dict[str, str]:
    page = client.get("/equipe/evenements/agora-2016").text
    found = {words: number for number, words in re.findall(r'<p class="figure"><b>(\d+)</b>([^<]+)</p>', page)}
    return {words: found[words] for words in ("places certaines", "au-delà des places")}


def test_who_left_no_address_is_cancelled_and_brought_back_without_a_mail(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    person = new_id()
    send(
        registration_client,
        tokens[0],
        tap(person, walk_in={"first_name": "Éva", "last_name": "Lemoine", "structure": ""}),
    )
    with registration_db.transaction() as session:
        changing.cancel(session, person, NOW, site=SITE, who="test")
        changing.undo(session, person, NOW, site=SITE, accept_waiting=True, who="test")
    with registration_db.reading() as session:
        facts = session.scalars(sa.select(outbox.c.type).where(outbox.c.thing == str(person))).all()
    assert facts == ["registration.attendee.checked_in.v1"]


def test_an_admission_that_stores_nothing_is_never_called_applied(
    registration_client: Any, registration_db: Database, tokens: list[str]
) -> None:
    """The id of someone at another event is refused, so that the device keeps the tap; one taken back needs no row."""
    with registration_db.transaction() as session:
        other = an_event(session, slug="autre")
        elsewhere = registering.register(session, other.id, answers(7), NOW, site=SITE).registration_id
    known = {"first_name": "Éva", "last_name": "Lemoine", "structure": ""}
    admitted = tap(elsewhere, walk_in=known)
    taken_back = tap(new_id(), 0, counter=2, walk_in=known)
    outcomes = [one["outcome"] for one in send(registration_client, tokens[0], admitted, taken_back)]

    assert outcomes == ["refused", "applied"]


def test_what_makes_no_sense_is_refused_alone(registration_client: Any, tokens: list[str], room: Room) -> None:
    stranger, good = tap(new_id()), tap(room[1], counter=2)
    sent = [None, 3, {"id": "x"}, tap(room[1], 7), tap(room[1], walk_in={"last_name": "\x00"}), stranger, good]
    assert [one["outcome"] for one in send(registration_client, tokens[0], *sent)] == ["refused"] * 6 + ["applied"]


def test_a_code_serves_once_and_a_revoked_device_is_silent(
    registration_client: Any, registration_db: Database, tokens: list[str], room: Room
) -> None:
    with registration_db.transaction() as session:
        made, code = desk.open_desk(session, room[0].id, NOW, who="test")
    assert registration_client.post("/api/desk/pair", json={"code": code}).status_code == 200
    assert registration_client.post("/api/desk/pair", json={"code": code}).status_code == 410
    assert registration_client.post("/api/desk/pair", json={"code": "NOPE"}).status_code == 404
    with registration_db.transaction() as session:
        first = session.scalar(sa.select(Desk).where(Desk.number == 1))
        assert first is not None
        assert made.number == 3
        desk.revoke(session, room[0].id, first.id, NOW, who="test")
    refused = pack(registration_client, tokens[0])
    assert (refused.status_code, refused.json["code"]) == (401, "fenced")


def test_a_desk_is_taken_back_by_a_second_gesture(registration_client: Any, sign_in: Any, tokens: list[str]) -> None:
    sign_in(registration_client, "desk")
    door = registration_client.get("/equipe/evenements/agora-2016/accueil").text
    asked = re.findall(r'<a [^>]*href="([^"]+/retirer)"', door)
    assert len(asked) == 2
    assert "un nouveau code" in registration_client.get(asked[0]).text
    assert pack(registration_client, tokens[0]).status_code == 200
    registration_client.post(asked[0])
    assert [pack(registration_client, token).status_code for token in tokens] == [401, 200]


def test_the_staff_see_the_door(registration_client: Any, sign_in: Any, tokens: list[str], room: Room) -> None:
    send(registration_client, tokens[0], tap(room[1], minutes=2))
    send(registration_client, tokens[1], tap(room[1], minutes=5))
    sign_in(registration_client, "staff")
    page = registration_client.get("/equipe/evenements/agora-2016/accueil")
    assert "Déjà admis·e à 8\u202fh\u202f32 par le poste 1" in page.text


def test_the_staff_see_how_many_came_when_and_which_desk_is_silent(
    registration_client: Any,
    registration_db: Database,
    sign_in: Any,
    tokens: list[str],
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(registration_client, tokens[0], tap(room[1], minutes=2))
    send(registration_client, tokens[1], tap(new_id(), minutes=14, walk_in={"last_name": "Ndiaye"}))
    with registration_db.reading() as session:
        door = queries.door(session, session.get_one(Event, room[0].id), room[0].starts_at.date())
    assert (door.present, door.beyond, door.expected) == (2, 1, 2)
    assert [number for _start, number in door.arrivals] == [1, 0, 1]
    assert sorted(door.by_desk.values()) == [1, 1]

    sign_in(registration_client, "staff")
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=4))
    pack(registration_client, tokens[1])
    page = registration_client.get("/equipe/evenements/agora-2016/accueil/en-direct").text
    assert page.count("sans nouvelles depuis") == 1
    assert "De 8\u202fh\u202f30 à 8\u202fh\u202f45\u202f; au plus 1 en cinq minutes" in page


def test_a_desk_silent_since_another_day_is_said_with_the_day(
    registration_client: Any, sign_in: Any, registration_db: Database, tokens: list[str]
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Desk).where(Desk.number == 1).values(last_seen_at=NOW - dt.timedelta(days=1)))
        session.execute(sa.update(Desk).where(Desk.number == 2).values(last_seen_at=NOW - dt.timedelta(hours=1)))
    sign_in(registration_client, "desk")
    page = registration_client.get("/equipe/evenements/agora-2016/accueil/en-direct").text
    page = page.replace("\u00a0", " ").replace("\u202f", " ")
    assert "sans nouvelles depuis le 2 octobre 2016 à 9 h" in page
    assert "sans nouvelles depuis 8 h" in page


def test_two_desks_that_register_one_newcomer_are_seen_and_somebody_of_the_list_is_too(
    registration_client: Any, sign_in: Any, tokens: list[str], room: Room
) -> None:
    """Offline neither desk could know: the staff read it, until one of the two is gone."""
    awa = {"first_name": "Awa", "last_name": "Ndiaye"}
    twice = [new_id(), new_id()]
    for token, person in zip(tokens, twice, strict=True):
        send(registration_client, token, tap(person, walk_in=awa | {"structure": f"Lac {person}"}))
    known = {"first_name": "Soa", "last_name": "RAKOTONDRAINIBE"}
    send(registration_client, tokens[1], tap(new_id(), counter=2, walk_in=known))
    send(registration_client, tokens[1], tap(new_id(), counter=3, walk_in=known | {"first_name": "Noé"}))
    sign_in(registration_client, "staff")
    assert _told_twice(registration_client) == ["Awa Ndiaye", "Soa RAKOTONDRAINIBE"]
    send(registration_client, tokens[0], tap(twice[0], 0, base=1, counter=2))
    assert _told_twice(registration_client) == ["Soa RAKOTONDRAINIBE"]


def _told_twice(client: Any) -> list[str]:
    page = client.get("/equipe/evenements/agora-2016/accueil").text
    return re.findall(r"<li>([\w ]+)[^<]*sur place, au poste 2", page.partition("Deux fois le même nom")[2])
