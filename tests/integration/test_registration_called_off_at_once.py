"""Two people call an assembly and its event off, or take them back, at the same instant."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import AssemblyCallingOff, Event
from services.registration.models.assembly import Assembly
from services.registration.queries import callings_off as queries
from services.registration.use_cases import assembly_calling_off
from shared.db import Database
from tests.integration.registration_people import SITE
from tests.integration.test_registration_assembly import NOW, WHO
from tests.integration.test_registration_assembly_called_off import announced, assembly, call_off, call_off_event, state

__all__ = ["assembly"]  # a fixture


def test_two_at_once_call_it_off_once(registration_db: Database, assembly: uuid.UUID) -> None:
    made: list[bool] = []
    both = [threading.Thread(target=lambda: made.append(call_off(registration_db, assembly, 2))) for _ in "ab"]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(made) == [False, True]
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AssemblyCallingOff)) == 1


def test_who_takes_the_event_back_while_both_are_called_off_parts_them_not(
    registration_db: Database, assembly: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = announced(registration_db)
    other = threading.Thread(target=lambda: call_off(registration_db, assembly, 2, with_event=True))
    joined = queries.joined

    def meanwhile(*given: Any) -> Assembly | None:
        found = joined(*given)
        other.start()
        other.join(0.5)
        return found

    monkeypatch.setattr(queries, "joined", meanwhile)
    with registration_db.transaction() as session:
        assembly_calling_off.take_back_event(session, event, NOW, who=WHO, site=SITE)
    other.join()
    with registration_db.reading() as session:
        assert session.get_one(Event, event).state == state(registration_db, assembly) == "called_off"


@pytest.mark.parametrize("assembly_first", [True, False])
def test_the_event_that_is_called_off_in_the_same_instant_is_joined(
    registration_db: Database, assembly: uuid.UUID, monkeypatch: pytest.MonkeyPatch, assembly_first: bool
) -> None:
    """Each by somebody who has not heard of the other; whichever is written first."""
    event = announced(registration_db)
    acts: list[Callable[[], Any]] = [
        lambda: call_off(registration_db, assembly, 2),
        lambda: call_off_event(registration_db, event, NOW, 0),
    ]
    first, second = acts if assembly_first else reversed(acts)
    other = threading.Thread(target=second)
    looked_up = queries.event_off_alone if assembly_first else queries.off_alone

    def meanwhile(*given: Any, **more: Any) -> Any:
        found = looked_up(*given, **more)
        if other.ident is None:
            other.start()
            other.join(0.5)
        return found

    monkeypatch.setattr(queries, looked_up.__name__, meanwhile)
    first()
    other.join()
    with registration_db.reading() as session:
        assert session.get_one(Event, event).state == state(registration_db, assembly) == "called_off"
        assert session.get_one(AssemblyCallingOff, assembly).event_id == event
