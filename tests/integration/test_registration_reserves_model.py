"""A model of an event with a reserve, played against the database in random orders: they never disagree."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.registration.models import Registration
from services.registration.queries.places import places
from services.registration.use_cases import changing, events, registering, reserves
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_seats import assert_sound

UNTIL = dt.date(2016, 10, 7)
KINDS = st.sampled_from(["association", "authority"])


class Reserves(RuleBasedStateMachine):
    """The model gives each seat a tag, kept or common, and looks from the first to the last who may sit."""

    db: Database

    @initialize(capacity=st.integers(1, 4), kept=st.integers(1, 3))
    def open_event(self, capacity: int, kept: int) -> None:
        self.capacity, self.kept = capacity, min(kept, capacity)
        with self.db.transaction() as session:
            self.event_id = an_event(session, slug=f"essai-{uuid.uuid4()}", capacity=capacity).id
            made = reserves.keep(session, self.event_id, ["association"], self.kept, UNTIL, NOW, who="staff")
            self.reserve: uuid.UUID | None = made.id
        self.kind: dict[uuid.UUID, str] = {}
        self.number: dict[uuid.UUID, int] = {}
        self.seated: list[uuid.UUID] = []
        self.waiting: list[uuid.UUID] = []

    def may_sit(self, who: uuid.UUID) -> bool:
        left = self.capacity - len(self.seated)
        missing = max(0, self.kept - sum(self.kind[one] == "association" for one in self.seated))
        return left > 0 and (left > missing or (self.kind[who] == "association" and missing > 0))

    def pass_on(self) -> None:
        for who in list(self.waiting):
            if self.may_sit(who):
                self.waiting.remove(who)
                self.seated.append(who)

    @rule(kind=KINDS)
    def register(self, kind: str) -> None:
        number = len(self.number) + 1
        with self.db.transaction() as session:
            data = answers(number, actor_type=kind)
            who = registering.register(session, self.event_id, data, NOW, site=SITE).registration_id
        self.kind[who], self.number[who] = kind, number
        self.waiting.append(who)
        self.pass_on()

    def someone(self, data: Any) -> uuid.UUID:
        return data.draw(st.sampled_from(sorted([*self.seated, *self.waiting], key=str)))  # type: ignore[no-any-return]

    @precondition(lambda self: self.seated or self.waiting)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        who = self.someone(data)
        with self.db.transaction() as session:
            changing.cancel(session, who, NOW, site=SITE)
        (self.seated if who in self.seated else self.waiting).remove(who)
        self.pass_on()

    @precondition(lambda self: self.seated or self.waiting)
    @rule(data=st.data(), kind=KINDS)
    def become(self, data: Any, kind: str) -> None:
        who = self.someone(data)
        with self.db.transaction() as session:
            changing.change(session, who, answers(self.number[who], actor_type=kind), NOW, site=SITE)
        self.kind[who] = kind
        self.pass_on()

    @rule()
    def add_a_seat(self) -> None:
        self.capacity += 1
        with self.db.transaction() as session:
            quota = places(session, self.event_id).event.quota_id
            events.set_capacity(session, quota, self.capacity, NOW, who="staff", site=SITE)
        self.pass_on()

    @precondition(lambda self: self.reserve)
    @rule(kept=st.integers(1, 5))
    def keep_another_number(self, kept: int) -> None:
        assert self.reserve
        used = sum(self.kind[one] == "association" for one in self.seated)
        most = used + self.capacity - len(self.seated)
        try:
            with self.db.transaction() as session:
                terms = (session, self.event_id, self.reserve, kept, UNTIL, NOW)
                reserves.change(*terms, who="staff", site=SITE, sure=True)
        except RuleError:
            assert kept > max(most, self.kept)
            return
        assert kept <= max(most, self.kept)
        self.kept = kept
        self.pass_on()

    @precondition(lambda self: self.reserve)
    @rule()
    def release(self) -> None:
        assert self.reserve
        with self.db.transaction() as session:
            reserves.release(session, self.event_id, self.reserve, NOW, who="staff", site=SITE)
        self.kept, self.reserve = 0, None
        self.pass_on()

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "event_id"):
            return
        assert_sound(self.db)
        with self.db.reading() as session:
            of = sa.select(Registration.id).where(Registration.event_id == self.event_id)
            assert set(session.scalars(of.where(Registration.status == "confirmed"))) == set(self.seated)


@pytest.mark.slow
def test_the_database_agrees_with_the_model_of_reserves(registration_db: Database) -> None:
    Reserves.db = registration_db
    run_state_machine_as_test(
        Reserves,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
