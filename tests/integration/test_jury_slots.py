"""Bearers are told when they are on, once, and again when that moves; the event's programme shows what was told."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.handlers import handlers
from services.jury.models import Project, Round
from services.jury.use_cases import room, slots, withdrawals
from services.registration.handlers import handlers as registration
from services.registration.queries.stage import on_stage
from shared.db import new_id
from shared.errors import RuleError
from shared.messaging import envelope
from shared.messaging.tables import outbox
from tests.integration.test_jury_in_the_room import MINUTE, MORNING, PLAN
from tests.jury_room import WHO, Room

SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
SITE = "https://agora.example/jury"
HALL = "Auditorium, Toulouse"


@pytest.fixture
def the_room(jury_db: Any) -> Room:
    """A room with its order, held at an event."""
    held = Room(jury_db)
    act(held, room.plan, PLAN)
    act(held, room.hold_at, gathering(held))
    return held


def act(held: Room, work: Any, *given: Any, now: dt.datetime = MORNING) -> Any:
    with held.db.transaction() as session:
        return work(session, held.round_id, *given, who=WHO, now=now)


def gathering(held: Room) -> uuid.UUID:
    wire = json.loads((SAMPLES / "registration.event.published.v1.json").read_text())
    wire["data"] |= {"event_id": str(new_id()), "title": "6e Agora", "place": HALL}
    deliver(handlers, held.db, wire)
    return uuid.UUID(wire["data"]["event_id"])


def deliver(service: Any, db: Any, wire: dict[str, Any]) -> None:
    """A fact reaches a service, through the handler that its worker calls."""
    event = envelope.parse(json.dumps(wire).encode())
    with db.transaction() as session:
        service.find(event.type)(session, event)


def tell(held: Room, now: dt.datetime = MORNING) -> int:
    with held.db.transaction() as session:
        return slots.tell(session, held.round_id, site=SITE, who=WHO, now=now)


def facts(held: Room, name: str) -> list[dict[str, Any]]:
    with held.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == f"jury.{name}.told.v1").order_by(outbox.c.id)
        return list(session.scalars(query))


def hours(slots_: list[dict[str, Any]]) -> list[str]:
    return [dt.datetime.fromisoformat(one["starts_at"]).astimezone(MORNING.tzinfo).strftime("%H:%M") for one in slots_]


def test_each_bearer_is_told_once_and_again_when_the_slot_moves(the_room: Room) -> None:
    everyone = len(the_room.projects)
    assert tell(the_room) == everyone
    first = facts(the_room, "slot")[0]["data"]
    assert (first["place"], first["event"], first["moved"]) == (HALL, "6e Agora", False)
    assert first["calendar"][0]["sequence"] == 0
    assert tell(the_room) == 0
    act(the_room, room.shift, the_room.projects[0], 1)
    assert tell(the_room) == 2
    moved = [one["data"] for one in facts(the_room, "slot")[everyone:]]
    assert {one["project_id"] for one in moved} == {str(one) for one in the_room.projects[:2]}
    assert {(one["moved"], one["calendar"][0]["sequence"]) for one in moved} == {(True, 1)}
    assert {one["calendar"][0]["uid"] for one in moved} <= {
        one["data"]["calendar"][0]["uid"] for one in facts(the_room, "slot")[:everyone]
    }


def test_another_place_is_told_to_all_and_seconds_to_nobody(the_room: Room) -> None:
    tell(the_room)
    act(the_room, room.plan, PLAN | {"starts_at": MORNING + dt.timedelta(seconds=59), "order": "keep"})
    assert tell(the_room) == 0
    act(the_room, room.hold_at, None)
    assert tell(the_room) == len(the_room.projects)
    assert facts(the_room, "running_order")[-1]["data"]["event_id"] is None


def test_who_was_on_is_told_nothing_more(the_room: Room) -> None:
    tell(the_room)
    act(the_room, room.clock, "next", None, now=MORNING + 30 * MINUTE)
    assert tell(the_room) == len(the_room.projects) - 1


def test_nobody_is_told_an_hour_that_moves_with_the_clock(the_room: Room) -> None:
    tell(the_room)
    assert tell(the_room, MORNING + 20 * MINUTE) == 0, "nobody was called yet"
    act(the_room, room.clock, "next", None)
    assert tell(the_room, MORNING + 45 * MINUTE) == 0, "the first one goes on and on"


def test_a_withdrawn_project_leaves_the_programme_and_no_hole(the_room: Room) -> None:
    tell(the_room)
    with the_room.db.transaction() as session:
        project = session.get_one(Project, the_room.projects[0])
        withdrawals.withdraw_project(session, project.id, "Un empêchement.", who=WHO, now=MORNING)
    told = facts(the_room, "running_order")[-1]["data"]["slots"]
    assert str(the_room.projects[0]) not in {one["project_id"] for one in told}
    gone = facts(the_room, "slot")[-1]["data"]
    assert (gone["project_id"], gone["taken_back"]) == (str(the_room.projects[0]), True)
    assert (gone["calendar"][0]["cancelled"], gone["calendar"][0]["sequence"]) == (True, 1)
    assert hours(told)[0] == "09:12"  # as its bearer was told, until the staff tell the new hour
    assert tell(the_room) == len(the_room.projects) - 1
    assert hours(facts(the_room, "running_order")[-1]["data"]["slots"])[0] == "09:00"
    with the_room.db.transaction() as session:
        withdrawals.restore_project(session, the_room.projects[0], who=WHO, now=MORNING)
    assert tell(the_room) == 1
    back = facts(the_room, "slot")[-1]["data"]
    assert (back["moved"], back["taken_back"], back["calendar"][0]["sequence"]) == (False, False, 2)


def test_a_project_that_gives_up_after_its_turn_is_told_nothing(the_room: Room) -> None:
    sent = tell(the_room)
    with the_room.db.transaction() as session:
        later = MORNING + dt.timedelta(hours=3)
        withdrawals.withdraw_project(session, the_room.projects[0], "Un empêchement.", who=WHO, now=later)
    assert len(facts(the_room, "slot")) == sent


def test_without_an_order_or_with_its_event_called_off_nothing_leaves(jury_db: Any) -> None:
    held = Room(jury_db)
    with pytest.raises(RuleError, match="Préparez"):
        tell(held)
    act(held, room.plan, PLAN)
    event = gathering(held)
    act(held, room.hold_at, event)
    with held.db.transaction() as session:
        session.execute(sa.text("UPDATE gatherings SET called_off = true"))
    with pytest.raises(RuleError, match="annulé"):
        tell(held)


def test_the_secretary_reads_who_knows_nothing_and_tells_them(the_room: Room, jury_app: Any, sign_in: Any) -> None:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    address = f"/equipe/tours/{the_room.round_id}/salle/"
    assert "ne connaissent pas encore leur horaire" in client.get(address).text
    assert client.post(f"{address}annonce").status_code == 303
    page = client.get(address).text
    assert "porteurs sont prévenus" in page
    assert "Chaque porteur connaît son horaire." in page
    sign_in(client, "auditor")
    assert client.post(f"{address}annonce").status_code == 403


def test_the_programme_of_the_event_follows(the_room: Room, registration_db: Any) -> None:
    tell(the_room)
    act(the_room, room.shift, the_room.projects[0], 1)
    tell(the_room)
    older, newer = facts(the_room, "running_order")
    with the_room.db.reading() as session:
        event_id = session.get_one(Round, the_room.round_id).gathering_id
    assert event_id is not None
    minutes = json.loads((SAMPLES / "jury.minutes.signed.v1.json").read_text())
    minutes |= {"source": newer["source"], "subject": newer["subject"], "sequence": str(int(newer["sequence"]) + 1)}
    minutes["data"]["round_id"] = newer["data"]["round_id"]
    for wire in (minutes, newer, older):  # the order was parked, and is replayed after the minutes
        deliver(registration, registration_db, wire)
    with registration_db.reading() as session:
        (stage,) = on_stage(session, event_id)
        assert [one.project_id for one in stage.turns][:2] == [the_room.projects[1], the_room.projects[0]]
        assert stage.starts_at == MORNING
    act(the_room, room.hold_at, None)
    deliver(registration, registration_db, facts(the_room, "running_order")[-1])
    with registration_db.reading() as session:
        assert on_stage(session, event_id) == []
