"""Seats kept for some types of actor until a day: nobody else takes them before, and none stays empty after."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import chores
from services.registration.models import Event, Registration, Reserve
from services.registration.queries.places import places
from services.registration.queries.selection import Wanted
from services.registration.queries.standing import standing
from services.registration.use_cases import bulk, changing, events, registering, reserves, seats
from shared import audit, clock
from shared.clock import PARIS
from shared.db import Database, new_id
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, answers
from tests.integration.test_registration_seats import assert_sound, at_once, facts, make, register

UNTIL = dt.date(2016, 10, 7)
AFTER = dt.datetime(2016, 10, 8, 0, 5, tzinfo=PARIS)
ASSOCIATION, TOWN = "association", "authority"


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Four seats, of which two are kept for associations until 7 October."""
    event_id, _ = make(registration_db, capacity=4)
    keep(registration_db, event_id, [ASSOCIATION], 2)
    return event_id


def keep(db: Database, event_id: uuid.UUID, types: list[str], number: int, until: dt.date = UNTIL) -> uuid.UUID:
    with db.transaction() as session:
        return reserves.keep(session, event_id, types, number, until, NOW, who="staff").id


def come(db: Database, event_id: uuid.UUID, kind: str, *numbers: int) -> list[uuid.UUID]:
    return [register(db, event_id, one, actor_type=kind).registration_id for one in numbers]


def go(db: Database, who: uuid.UUID, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        changing.cancel(session, who, now, site=SITE)


def status(db: Database, *people: uuid.UUID) -> list[str]:
    with db.reading() as session:
        return [standing(session, one).registration.status for one in people]


def left(db: Database, event_id: uuid.UUID) -> tuple[int, int]:
    """Seats free to everybody, and kept."""
    with db.reading() as session:
        count = places(session, event_id).event
        return count.free, count.kept


@pytest.fixture
def later(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch, settings_of: Callable[..., Any]
) -> Callable[[dt.datetime], None]:
    """The worker's round at that instant."""

    def round_(now: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)
        chores.release_reserves(registration_db, settings_of("registration", registration_db.url))

    return round_


def test_others_take_none_of_the_kept_seats(registration_db: Database, event: uuid.UUID) -> None:
    towns = come(registration_db, event, TOWN, 1, 2, 3)
    assert status(registration_db, *towns) == ["confirmed", "confirmed", "wait_listed"]
    assert left(registration_db, event) == (0, 2)
    assert_sound(registration_db)


def test_who_belongs_to_it_passes_those_who_wait_for_common_seats(registration_db: Database, event: uuid.UUID) -> None:
    come(registration_db, event, TOWN, 1, 2, 3)
    members = come(registration_db, event, ASSOCIATION, 4, 5, 6)
    assert status(registration_db, *members) == ["confirmed", "confirmed", "wait_listed"]
    assert_sound(registration_db)


def test_the_reserve_is_taken_from_first_and_the_common_seats_then(registration_db: Database, event: uuid.UUID) -> None:
    come(registration_db, event, ASSOCIATION, 1, 2)
    assert left(registration_db, event) == (2, 0)
    come(registration_db, event, ASSOCIATION, 3)
    assert left(registration_db, event) == (1, 0)


def test_a_seat_given_back_is_kept_again_before_the_day(registration_db: Database, event: uuid.UUID) -> None:
    (town,) = come(registration_db, event, TOWN, 1, 2, 3)[2:]
    (member, _other) = come(registration_db, event, ASSOCIATION, 4, 5)
    go(registration_db, member)
    assert (status(registration_db, town), left(registration_db, event)) == (["wait_listed"], (0, 1))
    (next_one,) = come(registration_db, event, ASSOCIATION, 6)
    assert status(registration_db, next_one) == ["confirmed"]
    assert_sound(registration_db)


def test_a_seat_given_back_goes_to_the_first_who_may_take_it(registration_db: Database, event: uuid.UUID) -> None:
    holders = come(registration_db, event, ASSOCIATION, 1, 2)
    come(registration_db, event, TOWN, 3, 4)
    town, member = *come(registration_db, event, TOWN, 5), *come(registration_db, event, ASSOCIATION, 6)
    go(registration_db, holders[0])
    assert status(registration_db, town, member) == ["wait_listed", "confirmed"]
    assert_sound(registration_db)


def test_after_the_day_the_rest_goes_to_who_waits_once_and_in_order(
    registration_db: Database, event: uuid.UUID, later: Callable[[dt.datetime], None]
) -> None:
    towns = come(registration_db, event, TOWN, *range(1, 7))
    later(AFTER - dt.timedelta(minutes=6))
    assert status(registration_db, towns[2]) == ["wait_listed"]
    for _ in range(2):
        later(AFTER)
    assert status(registration_db, *towns) == ["confirmed"] * 4 + ["wait_listed"] * 2
    assert facts(registration_db, towns[2]) == ["wait_listed", "promoted"]
    assert left(registration_db, event) == (0, 0)
    with registration_db.reading() as session:
        said = [one.what for one in audit.history(session, "event", event)]
    assert said.count("reserve released") == 1
    go(registration_db, towns[0], AFTER)
    assert status(registration_db, towns[4]) == ["confirmed"]
    assert_sound(registration_db)


def test_a_worker_that_comes_after_the_event_gives_nobody_a_seat(
    registration_db: Database, event: uuid.UUID, later: Callable[[dt.datetime], None]
) -> None:
    (waits,) = come(registration_db, event, TOWN, 1, 2, 3)[2:]
    later(AFTER + dt.timedelta(days=30))
    assert (status(registration_db, waits), facts(registration_db, waits)) == (["wait_listed"], ["wait_listed"])


def test_until_the_worker_came_nobody_passes_who_waits(registration_db: Database, event: uuid.UUID) -> None:
    """A clock alone frees nothing."""
    come(registration_db, event, TOWN, 1, 2, 3)
    with registration_db.transaction() as session:
        data = answers(4, actor_type=TOWN)
        late = registering.register(session, event, data, AFTER, site=SITE).registration_id
    assert status(registration_db, late) == ["wait_listed"]


def test_another_day_is_the_day(
    registration_db: Database, event: uuid.UUID, later: Callable[[dt.datetime], None]
) -> None:
    (waits,) = come(registration_db, event, TOWN, 1, 2, 3)[2:]
    edit(registration_db, event, 2, dt.date(2016, 10, 10))
    later(AFTER)
    assert status(registration_db, waits) == ["wait_listed"]
    edit(registration_db, event, 2, dt.date(2016, 10, 9), now=AFTER)
    later(AFTER + dt.timedelta(days=2))
    assert status(registration_db, waits) == ["confirmed"]


def edit(
    db: Database, event_id: uuid.UUID, number: int, until: dt.date = UNTIL, now: dt.datetime = NOW, **more: Any
) -> int:
    with db.transaction() as session:
        which = session.scalars(sa.select(Reserve.id).where(Reserve.event_id == event_id)).one()
        return reserves.change(session, event_id, which, number, until, now, who="staff", site=SITE, **more)


def test_the_staff_may_give_it_back_sooner(registration_db: Database, event: uuid.UUID) -> None:
    towns = come(registration_db, event, TOWN, 1, 2, 3, 4, 5)
    with registration_db.transaction() as session:
        which = session.scalars(sa.select(Reserve.id)).one()
        assert reserves.release(session, event, which, NOW, who="staff", site=SITE) == 2
    assert status(registration_db, *towns[2:]) == ["confirmed", "confirmed", "wait_listed"]
    with pytest.raises(RuleError) as refusal:
        edit(registration_db, event, 1)
    assert refusal.value.code == "reserve-gone"


def test_a_reserve_is_never_larger_than_what_is_left(registration_db: Database, event: uuid.UUID) -> None:
    come(registration_db, event, TOWN, 1)
    assert edit(registration_db, event, 3) == 0
    with pytest.raises(RuleError, match="3 places au plus") as refusal:
        edit(registration_db, event, 4)
    assert refusal.value.code == "reserve-too-large"
    for types, code in (([TOWN], "reserve-too-large"), ([ASSOCIATION, TOWN], "reserve-twice"), ([], "for-nobody")):
        with pytest.raises(RuleError) as refusal:
            keep(registration_db, event, types, 2)
        assert refusal.value.code.endswith(code)


@pytest.mark.parametrize("day", [dt.date(2016, 10, 2), dt.date(2016, 10, 14)])
def test_the_day_is_one_before_the_event(registration_db: Database, event: uuid.UUID, day: dt.date) -> None:
    with pytest.raises(RuleError) as refusal:
        keep(registration_db, event, [TOWN], 1, day)
    assert refusal.value.code == "reserve-day"


def test_fewer_than_were_granted_only_when_it_was_said(registration_db: Database, event: uuid.UUID) -> None:
    members = come(registration_db, event, ASSOCIATION, 1, 2)
    with pytest.raises(RuleError) as refusal:
        edit(registration_db, event, 1)
    assert refusal.value.code == "reserve-below-granted"
    edit(registration_db, event, 1, sure=True)
    assert status(registration_db, *members) == ["confirmed"] * 2
    assert left(registration_db, event) == (2, 0)


def test_fewer_kept_seats_go_to_who_waits(registration_db: Database, event: uuid.UUID) -> None:
    (waits,) = come(registration_db, event, TOWN, 1, 2, 3)[2:]
    assert edit(registration_db, event, 1) == 1
    assert status(registration_db, waits) == ["confirmed"]


def test_the_event_does_not_shrink_below_what_is_kept(registration_db: Database, event: uuid.UUID) -> None:
    come(registration_db, event, TOWN, 1)
    with registration_db.transaction() as session:
        quota = places(session, event).event.quota_id
        events.set_capacity(session, quota, 3, NOW, who="staff", site=SITE)
    with pytest.raises(RuleError) as refusal, registration_db.transaction() as session:
        events.set_capacity(session, quota, 2, NOW, who="staff", site=SITE)
    assert refusal.value.code == "capacity-below-kept"


def test_who_changes_to_a_type_of_the_reserve_takes_from_it(registration_db: Database, event: uuid.UUID) -> None:
    first, _second, third = come(registration_db, event, TOWN, 1, 2, 3)
    with registration_db.transaction() as session:
        changing.change(session, first, answers(1, actor_type=ASSOCIATION), NOW, site=SITE)
    assert status(registration_db, first, third) == ["confirmed"] * 2
    assert_sound(registration_db)


def test_who_is_offered_a_kept_seat_by_their_own_change_is_told_once(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=2)
    keep(registration_db, event_id, [ASSOCIATION], 1)
    _first, second = come(registration_db, event_id, TOWN, 1, 2)
    with registration_db.transaction() as session:
        session.get_one(Event, event_id).offer_hours = 24
    with registration_db.transaction() as session:
        changing.change(session, second, answers(2, actor_type=ASSOCIATION), NOW, site=SITE)
    assert facts(registration_db, second) == ["wait_listed", "offered"]
    assert_sound(registration_db)


def test_colleagues_who_come_together_take_both_kinds(registration_db: Database, event: uuid.UUID) -> None:
    def together(first: int, *kinds: str) -> list[str]:
        party = [answers(first + place, actor_type=kind) for place, kind in enumerate(kinds)]
        with registration_db.transaction() as session:
            done = registering.register_party(session, event, party, NOW, site=SITE, together=True)
        return status(registration_db, *(one.registration_id for one in done))

    assert together(1, TOWN, TOWN, TOWN) == ["wait_listed"] * 3
    assert together(4, ASSOCIATION, TOWN) == ["confirmed"] * 2
    assert together(6, ASSOCIATION, ASSOCIATION, TOWN) == ["wait_listed"] * 3
    assert together(9, TOWN, ASSOCIATION) == ["confirmed"] * 2
    assert_sound(registration_db)


def test_no_seat_that_the_staff_add_for_a_party_stays_empty(registration_db: Database, event: uuid.UUID) -> None:
    """One of the party takes a kept seat, so one of the two that were added for it is left."""
    come(registration_db, event, TOWN, 1, 2)
    party = [answers(number, actor_type=kind, form_key="form") for number, kind in ((3, ASSOCIATION), (4, TOWN))]
    with registration_db.transaction() as session:
        done = registering.register_party(session, event, party, NOW, site=SITE, together=True)
    (waits,) = come(registration_db, event, TOWN, 5)
    who = [one.registration_id for one in done]
    assert status(registration_db, *who, waits) == ["wait_listed"] * 3
    options: dict[str, Any] = {"action_id": new_id(), "expected": 2, "who": "staff", "site": SITE, "add_seats": True}
    with registration_db.transaction() as session:
        bulk.run(session, event, "admit", Wanted(ids=tuple(who)), NOW, **options)
    assert status(registration_db, *who, waits) == ["confirmed"] * 3
    assert_sound(registration_db)


def test_at_once_each_gets_what_is_theirs_and_no_more(registration_db: Database) -> None:
    event_id, _ = make(registration_db, capacity=12)
    keep(registration_db, event_id, [ASSOCIATION], 5)
    keep(registration_db, event_id, ["education", "business"], 3)
    dice = random.Random(7)
    people = [(one, dice.choice([ASSOCIATION, TOWN, "business", "person"])) for one in range(48)]

    def some(part: int) -> None:
        for number, kind in people[part::8]:
            (who,) = come(registration_db, event_id, kind, number)
            if number % 5 == 0:
                go(registration_db, who)

    at_once([lambda part=part: some(part) for part in range(8)])
    assert_sound(registration_db)
    with registration_db.reading() as session:
        count = places(session, event_id).event
        assert seats.taken(session, count.quota_id) == 12
        of = sa.select(sa.func.count()).where(Registration.status == "confirmed")
        assert (session.scalar(of.where(Registration.actor_type == ASSOCIATION)) or 0) >= 5
        assert (session.scalar(of.where(Registration.actor_type == "business")) or 0) >= 3
