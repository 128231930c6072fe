"""Seats under concurrency: never oversold, never a seat left empty while someone waits."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import queries
from services.registration.models import Quota, Registration, SeatClaim, WaitingEntry, Workshop
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, events, links, registering, seats
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox as outbox_table
from tests.integration.registration_people import NOW, SITE, an_event, answers

PEOPLE = 8


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is slow, not wrong: who waits for a lock gets it."""
    monkeypatch.setattr(seats, "LOCK_TIMEOUT", "30s")


def make(db: Database, **shape: Any) -> tuple[uuid.UUID, list[uuid.UUID]]:
    with db.transaction() as session:
        event = an_event(session, **shape)
        return event.id, [workshop.id for workshop in event.workshops]


def register(db: Database, event_id: uuid.UUID, number: int, **more: Any) -> registering.Registered:
    with db.transaction() as session:
        return registering.register(session, event_id, answers(number, **more), NOW, site=SITE)


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Run everything at the same instant; raises what any of them raised."""
    start = threading.Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        start.wait(10)
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result(30) for future in [pool.submit(run, one) for one in work]]


@contextmanager
def held_before_claiming(db: Database, parties: int, seconds: float) -> Iterator[None]:
    """Hold every transaction between its count and its insert until all have counted, or `seconds` passed.

    With the lock only one can be there, so the wait runs out; without it, all meet.
    """
    barrier = threading.Barrier(parties)

    def wait(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO seat_claims"):
            with suppress(threading.BrokenBarrierError):
                barrier.wait(seconds)

    sa.event.listen(db.engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", wait)


def assert_sound(db: Database) -> None:
    with db.reading() as session:
        assert queries.oversold(session) == []
        assert queries.idle_seats(session) == []
        assert queries.drifted(session) == []


@pytest.mark.parametrize("locked", [True, False])
def test_last_seat_has_one_winner_and_only_thanks_to_the_lock(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    event_id, _ = make(registration_db, capacity=1)
    if not locked:
        monkeypatch.setattr(seats, "LOCK_WANTED", _plain(seats.WANTED))
    with held_before_claiming(registration_db, PEOPLE, 0.3 if locked else 20):
        at_once([lambda n=n: register(registration_db, event_id, n) for n in range(PEOPLE)])
    with registration_db.reading() as session:
        over = queries.oversold(session)
        winners = session.scalar(
            sa.select(sa.func.count()).select_from(Registration).where(Registration.status == "confirmed")
        )
    if locked:
        assert (winners, over) == (1, [])
    else:
        assert winners == PEOPLE
        assert [row[1:] for row in over] == [(1, PEOPLE)]


def _plain(which: Any) -> Any:
    """The same rows, read without a lock."""
    return sa.select(Quota.id).where(which)


def test_losers_wait_in_the_order_of_their_numbers(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=1)
    results = at_once([lambda n=n: register(registration_db, event_id, n) for n in range(PEOPLE)])
    ranks = sorted(one.standing.rank or 0 for one in results)
    assert ranks == list(range(PEOPLE))
    assert_sound(registration_db)


def test_read_committed_is_pinned(registration_db: Database) -> None:
    with registration_db.reading() as session:
        assert session.scalar(sa.text("SHOW transaction_isolation")) == "read committed"


def test_quotas_are_locked_in_ascending_order_the_event_last(registration_db: Database) -> None:
    event_id, workshops = make(registration_db, capacity=5, workshops=[[2, 2], [2]])
    shuffled = workshops[::-1]
    with registration_db.transaction() as session:
        locked = session.scalars(seats.LOCK_WANTED, {"event": event_id, "workshops": shuffled}).all()
        rows = {row.id: row.kind for row in session.scalars(sa.select(Quota))}
    assert [rows[one] for one in locked] == ["workshop", "workshop", "workshop", "event"]
    assert locked[:-1] == sorted(locked[:-1])


def test_random_picks_never_deadlock_nor_oversell(registration_db: Database) -> None:
    event_id, workshops = make(registration_db, capacity=20, workshops=[[5, 7, 6], [8, 9]])
    slots = [workshops[:3], workshops[3:]]
    dice = random.Random(14)
    wishes = []
    for _ in range(48):
        picks = [dice.choice(slot) for slot in slots if dice.random() < 0.8]
        dice.shuffle(picks)
        wishes.append(picks)

    def some(part: int) -> int:
        done = 0
        for number in range(part, len(wishes), PEOPLE):
            register(registration_db, event_id, number, workshops=wishes[number])
            done += 1
        return done

    assert sum(at_once([lambda p=p: some(p) for p in range(PEOPLE)])) == 48
    assert_sound(registration_db)
    with registration_db.reading() as session:
        assert seats.taken(session, _event_quota(session, event_id)) == 20


def _event_quota(session: Any, event_id: uuid.UUID) -> int:
    return int(session.scalar(sa.select(Quota.id).where(Quota.event_id == event_id, Quota.kind == "event")))


def test_a_full_workshop_gives_its_waiting_list_and_keeps_the_rest(registration_db: Database) -> None:
    event_id, (first, other, later) = make(registration_db, capacity=5, workshops=[[1, 3], [3]])
    register(registration_db, event_id, 1, workshops=[first])
    second = register(registration_db, event_id, 2, workshops=[first, later])
    assert second.standing.registration.status == "confirmed"
    found = {place.workshop.id: (place.outcome, place.rank) for place in second.standing.places}
    assert found == {first: ("waiting", 1), later: ("confirmed", None)}
    with registration_db.transaction() as session:
        moved = changing.change(session, second.registration_id, answers(2, workshops=[other, later]), NOW, site=SITE)
    assert {place.outcome for place in moved.places} == {"confirmed"}
    assert_sound(registration_db)


def test_a_full_event_keeps_the_wishes_and_serves_them_on_promotion(registration_db: Database) -> None:
    event_id, (first, second) = make(registration_db, capacity=1, workshops=[[1], [1]])
    holder = register(registration_db, event_id, 1, workshops=[first])
    waiter = register(registration_db, event_id, 2, workshops=[first, second])
    assert waiter.standing.rank == 1
    assert [(place.outcome, place.rank) for place in waiter.standing.places] == [("waiting", None)] * 2
    with registration_db.transaction() as session:
        changing.cancel(session, holder.registration_id, NOW, site=SITE)
    with registration_db.reading() as session:
        after = standing(session, waiter.registration_id)
    assert after.registration.status == "confirmed"
    assert {place.outcome for place in after.places} == {"confirmed"}
    assert facts(registration_db, waiter.registration_id) == ["wait_listed", "promoted"]
    assert_sound(registration_db)


def facts(db: Database, registration_id: uuid.UUID) -> list[str]:
    with db.reading() as session:
        types = session.scalars(
            sa.text("SELECT type FROM outbox WHERE thing = :thing ORDER BY id"), {"thing": str(registration_id)}
        )
        return [one.split(".")[2] for one in types]


def test_the_oldest_is_promoted_first(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=2)
    people = [register(registration_db, event_id, number) for number in range(6)]
    for holder in people[:2]:
        with registration_db.transaction() as session:
            changing.cancel(session, holder.registration_id, NOW, site=SITE)
    with registration_db.reading() as session:
        now = [standing(session, person.registration_id) for person in people]
    assert [one.registration.status for one in now] == [
        *["cancelled"] * 2,
        *["confirmed"] * 2,
        *["wait_listed"] * 2,
    ]
    assert [one.rank for one in now[4:]] == [1, 2]


def test_concurrent_cancellations_promote_each_person_exactly_once(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=6)
    people = [register(registration_db, event_id, number) for number in range(14)]

    def cancel(who: registering.Registered) -> None:
        with registration_db.transaction() as session:
            changing.cancel(session, who.registration_id, NOW, site=SITE)

    at_once([lambda p=person: cancel(p) for person in people[:6]])
    for person in people[6:12]:
        assert facts(registration_db, person.registration_id) == ["wait_listed", "promoted"]
    for person in people[12:]:
        assert facts(registration_db, person.registration_id) == ["wait_listed"]
    assert_sound(registration_db)


def test_a_double_click_makes_one_registration_and_one_page(registration_db: Database) -> None:
    event_id, (workshop,) = make(registration_db, capacity=3, workshops=[[3]])
    results = at_once([lambda: register(registration_db, event_id, 1, workshops=[workshop]) for _ in range(PEOPLE)])
    assert len({one.registration_id for one in results}) == 1
    assert [one.repeated for one in results].count(False) == 1
    assert all(one.token for one in results)
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SeatClaim)) == 2
    assert facts(registration_db, results[0].registration_id) == ["confirmed"]


def test_a_colleague_from_the_same_page_is_someone_else(registration_db: Database) -> None:
    event_id, _ = make(registration_db)
    one = register(registration_db, event_id, 1)
    other = register(registration_db, event_id, 1, first_name="Aïcha")
    assert one.registration_id != other.registration_id


def test_the_same_person_from_elsewhere_gets_a_mail_and_no_page(registration_db: Database) -> None:
    event_id, _ = make(registration_db)
    one = register(registration_db, event_id, 1)
    again = register(registration_db, event_id, 1, form_key="another browser")
    assert (again.registration_id, again.token, again.standing) == (one.registration_id, None, None)
    assert facts(registration_db, one.registration_id) == ["confirmed", "requested"]


def test_a_lock_that_does_not_come_is_said_and_nothing_is_written(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, _ = make(registration_db)
    monkeypatch.setattr(seats, "LOCK_TIMEOUT", "100ms")
    with registration_db.transaction() as holder:
        seats.lock_event(holder, event_id)
        with pytest.raises(RuleError) as refusal:
            register(registration_db, event_id, 1)
    assert (refusal.value.code, refusal.value.status) == ("seats-busy", 503)
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_more_capacity_goes_to_whoever_waits(registration_db: Database) -> None:
    event_id, (workshop,) = make(registration_db, capacity=1, workshops=[[1]])
    people = [register(registration_db, event_id, number, workshops=[workshop]) for number in range(4)]
    with registration_db.transaction() as session:
        moved = events.set_capacity(session, _event_quota(session, event_id), 3, NOW, who="staff", site=SITE)
    assert moved == 2
    with registration_db.reading() as session:
        last = standing(session, people[2].registration_id)
        assert [(place.outcome, place.rank) for place in last.places] == [("waiting", 2)]
        assert session.scalar(sa.select(sa.func.count()).select_from(WaitingEntry)) == 3
    with pytest.raises(RuleError, match="déjà données"), registration_db.transaction() as session:
        events.set_capacity(session, _event_quota(session, event_id), 2, NOW, who="staff", site=SITE)
    assert_sound(registration_db)


def announced(db: Database, type: str) -> int:
    with db.reading() as session:
        query = sa.select(sa.func.count()).select_from(outbox_table).where(outbox_table.c.type == type)
        return session.scalar(query) or 0


def test_a_newsletter_box_that_stays_ticked_is_announced_once(registration_db: Database) -> None:
    """Announced again, it would bring back somebody who has left the list since."""
    event_id, _ = make(registration_db)
    mine = register(registration_db, event_id, 1, newsletter=True).registration_id
    with registration_db.transaction() as session:
        changing.change(session, mine, answers(1, newsletter=True, department="34"), NOW, site=SITE)
    assert announced(registration_db, "registration.newsletter.consented.v1") == 1


def test_requests_for_a_link_at_the_same_instant_send_one_mail(registration_db: Database) -> None:
    event_id, _ = make(registration_db)
    register(registration_db, event_id, 1)

    def ask() -> None:
        with registration_db.transaction() as session:
            links.request(session, "personne1@example.org", NOW, site=SITE)

    at_once([ask] * PEOPLE)
    assert announced(registration_db, "registration.link.requested.v1") == 1


def test_two_workshops_at_the_same_time_are_refused(registration_db: Database) -> None:
    event_id, (first, second) = make(registration_db, workshops=[[3], [3]])
    with registration_db.transaction() as session:
        times = sa.select(Workshop.starts_at, Workshop.ends_at).where(Workshop.id == first)
        starts, ends = session.execute(times).one()
        session.execute(sa.update(Workshop).where(Workshop.id == second).values(starts_at=starts, ends_at=ends))
    with pytest.raises(RuleError) as refusal:
        register(registration_db, event_id, 1, workshops=[first, second])
    assert refusal.value.code == "workshops-overlap"
    assert register(registration_db, event_id, 1, workshops=[first]).repeated is False


def test_a_seat_is_not_left_by_leaving_its_queue(registration_db: Database) -> None:
    event_id, (workshop,) = make(registration_db, workshops=[[1]])
    mine = register(registration_db, event_id, 1, workshops=[workshop]).registration_id
    with pytest.raises(RuleError) as refusal, registration_db.transaction() as session:
        changing.leave_queue(session, mine, workshop, NOW)
    assert refusal.value.code == "not-waiting"
    with registration_db.reading() as session:
        assert [place.outcome for place in standing(session, mine).places] == ["confirmed"]
