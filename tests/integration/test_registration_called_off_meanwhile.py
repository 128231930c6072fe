"""While an event is called off: what else happens in the ten minutes, and what the taking back finds."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models import Attendance, Event, Quota, Registration
from services.registration.queries.selection import Wanted
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import (
    allocating,
    bulk,
    calling_off,
    desk,
    erasing,
    erasure_asked,
    events,
    messages,
    registering,
)
from shared.db import Database, new_id
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import facts
from tests.integration.test_registration_late_wishes import one_waits
from tests.integration.test_registration_seats import assert_sound
from tests.integration.test_registration_wishes import DUE, Play

AFTER = NOW + WINDOW


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Two seats; three people, so that the third waits."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2).id
    for number in range(3):
        with registration_db.transaction() as session:
            registering.register(session, made, answers(number), NOW, site=SITE)
    return made


def call_off(event: uuid.UUID, told: int = 3, now: dt.datetime = NOW) -> Callable[[Session], Any]:
    return lambda session: calling_off.call_off(
        session, event, now, reason="La salle est fermée.", who="paule@agora.example", told=told
    )


def take_back(db: Database, event: uuid.UUID, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        calling_off.take_back(session, event, now, who="paule@agora.example", site=SITE)


def person(db: Database, number: int) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(
            sa.select(Registration.id).where(Registration.email_key == f"personne{number}@example.org")
        ).one()


def states(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Registration.status).order_by(Registration.registered_at)))


def test_who_asks_to_be_erased_is_erased_all_the_same(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        call_off(event)(session)
    with registration_db.transaction() as session:
        erasure_asked.ask(session, person(registration_db, 0), NOW, site=SITE)
        link = session.scalars(sa.text("SELECT envelope FROM outbox ORDER BY id DESC LIMIT 1")).one()["data"]["link"]
        erasing.confirm(session, link.rsplit("/", 1)[1], NOW, site=SITE)
    assert sorted(states(registration_db)) == ["cancelled", "confirmed", "wait_listed"]
    take_back(registration_db, event)  # then the seat goes to who waits
    assert sorted(states(registration_db)) == ["cancelled", "confirmed", "confirmed"]
    assert_sound(registration_db)


def test_seats_added_meanwhile_go_to_who_waits_once_it_takes_place(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        call_off(event)(session)
    with registration_db.transaction() as session:
        quota = session.scalars(sa.select(Quota.id).where(Quota.event_id == event, Quota.kind == "event")).one()
        events.set_capacity(session, quota, 3, NOW, who="p", site=SITE)
    assert facts(registration_db, "registration.registration.promoted.v1") == []
    take_back(registration_db, event)
    assert len(facts(registration_db, "registration.registration.promoted.v1")) == 1
    assert_sound(registration_db)


def test_told_by_a_worker_whose_clock_is_ahead_it_is_not_taken_back(
    registration_db: Database, event: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        call_off(event)(session)
    with registration_db.transaction() as session:
        calling_off.leave(session, AFTER, site=SITE)
    with pytest.raises(RuleError, match="prévenues"):
        take_back(registration_db, event, AFTER - dt.timedelta(seconds=1))
    assert states(registration_db) == ["cancelled"] * 3


def test_nobody_is_told_their_workshops_of_an_event_called_off(registration_db: Database) -> None:
    play = Play(registration_db)
    play.come(0)
    play.apply()
    with registration_db.transaction() as session:
        call_off(play.event, told=1, now=DUE)(session)
    with registration_db.transaction() as session:
        assert allocating.tell(session, DUE, site=SITE) == 0
    take_back(registration_db, play.event, DUE)
    with registration_db.transaction() as session:
        assert allocating.tell(session, DUE, site=SITE) == 1


def test_cancellations_are_taken_back_after_the_event_was(registration_db: Database, event: uuid.UUID) -> None:
    action = new_id()
    wanted = Wanted(ids=(person(registration_db, 2),))
    with registration_db.transaction() as session:
        told = {"action_id": action, "expected": 1, "words": "Doublon", "who": "p", "site": SITE}
        bulk.run(session, event, "cancel", wanted, NOW, **told)
    with registration_db.transaction() as session:
        call_off(event, told=2)(session)
    with pytest.raises(RuleError, match="annulée"), registration_db.transaction() as session:
        bulk.undo(session, event, action, NOW, who="p", site=SITE)
    take_back(registration_db, event)
    with registration_db.transaction() as session:
        bulk.undo(session, event, action, NOW, who="p", site=SITE)
    assert states(registration_db).count("wait_listed") == 1


def test_registrations_closed_at_the_same_instant_do_not_hide_it(registration_db: Database, event: uuid.UUID) -> None:
    def close(session: Session) -> str:
        with pytest.raises(RuleError):
            events.close(session, event, NOW, who="p")
        return session.get_one(Event, event).state

    _made, seen = one_waits(registration_db, call_off(event), close)
    assert seen == "called_off"


def test_the_door_of_an_event_called_off_takes_nobody(registration_db: Database, event: uuid.UUID) -> None:
    def tap(who: uuid.UUID, counter: int, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()),
            "registration_id": str(who),
            "value": 1,
            "base_version": 0,
            "counter": counter,
        } | more

    with registration_db.transaction() as session:
        _desk, code = desk.open_desk(session, event, NOW, who="p")
        _desk, token = desk.pair(session, code, NOW)
        call_off(event)(session)
    comes = [tap(new_id(), 1, walk_in={"first_name": "Awa", "last_name": "Diop"}), tap(person(registration_db, 0), 2)]
    with registration_db.transaction() as session:
        answered = desk.write(session, token, comes, NOW, site=SITE)
    assert [(one.outcome, one.reason) for one in answered] == [
        ("refused", "Cette rencontre est annulée : elle n’accueille personne.")
    ] * 2
    assert len(states(registration_db)) == 3
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Attendance.present).where(Attendance.present)).all() == []
    with pytest.raises(RuleError, match="annulée"), registration_db.transaction() as session:
        desk.open_desk(session, event, NOW, who="p")
    take_back(registration_db, event)  # then the same taps are as good as any
    with registration_db.transaction() as session:
        assert [one.outcome for one in desk.write(session, token, comes, NOW, site=SITE)] == ["applied"] * 2


def write_to_all(db: Database, event: uuid.UUID, now: dt.datetime, expected: int = 3) -> uuid.UUID:
    with db.transaction() as session:
        return messages.confirm(
            session, event, messages.Words("Vendredi", "Venez tôt."), Wanted(), now,
            message_id=new_id(), selection={}, expected=expected, who="paule@agora.example",
        ).id  # fmt: skip


def leave_messages(db: Database, now: dt.datetime) -> int:
    with db.transaction() as session:
        return sum(messages.leave(session, one, now, site=SITE) for one in messages.due(session, now))


def test_what_was_written_before_waits_and_leaves_no_more(registration_db: Database, event: uuid.UUID) -> None:
    earlier = write_to_all(registration_db, event, NOW - dt.timedelta(minutes=1))
    with registration_db.transaction() as session:
        call_off(event)(session)
    sorry = write_to_all(registration_db, event, NOW + dt.timedelta(minutes=1))  # about the cancellation itself
    assert leave_messages(registration_db, AFTER) == 0
    assert leave_messages(registration_db, AFTER + dt.timedelta(minutes=1)) == 3
    with registration_db.transaction() as session:
        calling_off.leave(session, AFTER + dt.timedelta(minutes=2), site=SITE)
    with registration_db.reading() as session:
        kept, gone = (messages.find(session, event, one) for one in (sorry, earlier))
    assert (kept.left_at is not None, kept.cancelled_at) == (True, None)
    assert (gone.began_at, gone.cancelled_at) == (None, AFTER + dt.timedelta(minutes=2))


def test_what_waited_leaves_once_the_event_takes_place(registration_db: Database, event: uuid.UUID) -> None:
    write_to_all(registration_db, event, NOW - dt.timedelta(minutes=1))
    with registration_db.transaction() as session:
        call_off(event)(session)
    take_back(registration_db, event)
    assert leave_messages(registration_db, AFTER) == 3


def test_wishes_for_an_event_called_off_are_not_allocated(registration_db: Database) -> None:
    play = Play(registration_db)
    play.come(0)
    with registration_db.transaction() as session:
        call_off(play.event, told=1, now=DUE)(session)
    with pytest.raises(RuleError, match="annulée"):
        play.apply()
