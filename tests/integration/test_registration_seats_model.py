"""A model of the seats, played against the database in random orders: they never disagree."""

from __future__ import annotations

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

from services.registration import queries
from services.registration.models import Registration
from services.registration.queries.places import places
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, events, registering
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

_SELECT = sa.select(Registration.id, Registration.status)


class Seats(RuleBasedStateMachine):
    """An event with two slots. The model keeps the two lists by hand: who is in, and who waits, in order."""

    db: Database

    @initialize(capacity=st.integers(0, 3), workshop=st.integers(0, 2))
    def open_event(self, capacity: int, workshop: int) -> None:
        with self.db.transaction() as session:
            slug = f"essai-{uuid.uuid4()}"
            event = an_event(session, slug=slug, capacity=max(1, capacity), workshops=[[workshop + 1, 1], [2]])
            self.event_id = event.id
            self.workshops = [one.id for one in event.workshops]
        self.capacity = max(1, capacity)
        self.seated: list[uuid.UUID] = []
        self.waiting: list[uuid.UUID] = []
        self.gone: list[uuid.UUID] = []
        self.people: dict[uuid.UUID, int] = {}
        self.number = 0

    def picks(self, first: int, second: bool) -> list[uuid.UUID]:
        return [*([self.workshops[first]] if first < 2 else []), *([self.workshops[2]] if second else [])]

    def pass_on(self) -> None:
        while self.waiting and len(self.seated) < self.capacity:
            self.seated.append(self.waiting.pop(0))

    @rule(first=st.integers(0, 2), second=st.booleans())
    def register(self, first: int, second: bool) -> None:
        self.number += 1
        with self.db.transaction() as session:
            data = answers(self.number, workshops=self.picks(first, second))
            who = registering.register(session, self.event_id, data, NOW, site=SITE).registration_id
        self.people[who] = self.number
        self.waiting.append(who)
        self.pass_on()

    @precondition(lambda self: self.seated or self.waiting)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        who = data.draw(st.sampled_from(sorted([*self.seated, *self.waiting], key=str)))
        with self.db.transaction() as session:
            changing.cancel(session, who, NOW, site=SITE)
        for queue in (self.seated, self.waiting):
            if who in queue:
                queue.remove(who)
        self.gone.append(who)
        self.pass_on()

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def undo(self, data: Any) -> None:
        who = data.draw(st.sampled_from(sorted(self.gone, key=str)))
        with self.db.transaction() as session:
            changing.undo(session, who, NOW, site=SITE, accept_waiting=True)
        self.gone.remove(who)
        self.waiting.append(who)
        self.pass_on()

    @precondition(lambda self: self.seated or self.waiting)
    @rule(data=st.data(), first=st.integers(0, 2), second=st.booleans())
    def change(self, data: Any, first: int, second: bool) -> None:
        who = data.draw(st.sampled_from(sorted([*self.seated, *self.waiting], key=str)))
        with self.db.transaction() as session:
            new = answers(self.people[who], workshops=self.picks(first, second))
            changing.change(session, who, new, NOW, site=SITE)

    @rule(more=st.integers(1, 2))
    def add_seats(self, more: int) -> None:
        self.capacity += more
        with self.db.transaction() as session:
            quota = places(session, self.event_id).event.quota_id
            events.set_capacity(session, quota, self.capacity, NOW, who="staff", site=SITE)
        self.pass_on()

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "event_id"):
            return
        with self.db.reading() as session:
            assert queries.oversold(session) == []
            assert queries.idle_seats(session) == []
            assert queries.drifted(session) == []
            rows = session.execute(_SELECT.where(Registration.event_id == self.event_id)).all()
            ranks = {who: standing(session, who).rank for who in self.waiting}
        assert {who for who, status in rows if status == "confirmed"} == set(self.seated)
        assert ranks == {who: place for place, who in enumerate(self.waiting, start=1)}


@pytest.mark.slow
def test_the_database_agrees_with_the_model(registration_db: Database) -> None:
    Seats.db = registration_db
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
