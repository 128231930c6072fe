"""What becomes of a tap at the door of a workshop."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from services.registration.rules.workshop_attendance import LATER, STALE_UNDO, Decision, Operation, Seen, decide, read

A, B, SOA = (uuid.UUID(int=number) for number in (1, 2, 3))
TEN = dt.datetime(2016, 10, 14, 10, tzinfo=dt.UTC)
BEFORE, AFTER = TEN - dt.timedelta(minutes=5), TEN + dt.timedelta(minutes=5)
WRITTEN, LEFT = Decision("applied", writes=True), Decision("applied", writes=False)


@pytest.mark.parametrize(
    ("known", "present", "base", "at", "expected"),
    [
        (Seen(), True, 0, TEN, WRITTEN),
        (Seen(A, 1, TEN), True, 0, BEFORE, LEFT),  # two hosts who see the same agree
        (Seen(B, 1, TEN), True, 0, AFTER, WRITTEN),  # seen here later, by a phone that heard nothing of B
        (Seen(B, 1, TEN), True, 0, TEN, WRITTEN),
        (Seen(B, 1, TEN), True, 0, BEFORE, Decision("conflict", writes=False, reason=LATER)),
        (Seen(B, 1, TEN), True, 1, BEFORE, WRITTEN),  # it knew of B: they stand before it, whatever its clock says
        (Seen(None, 2, TEN), True, 0, BEFORE, WRITTEN),
        (Seen(A, 1, TEN), False, 1, AFTER, WRITTEN),
        (Seen(A, 2, TEN), False, 1, AFTER, Decision("conflict", writes=False, reason=STALE_UNDO)),
        (Seen(B, 2, TEN), False, 2, AFTER, LEFT),  # only the workshop that saw them takes it back
        (Seen(), False, 0, TEN, LEFT),
    ],
)
def test_the_later_sight_holds_unless_who_taps_knows(
    known: Seen, present: bool, base: int, at: dt.datetime, expected: Decision
) -> None:
    operation = Operation(uuid.uuid4(), SOA, None, present, base, 1, at)
    assert decide(known, A, operation, at) == expected


GOOD = {"id": str(A), "registration_id": str(SOA), "value": 1, "base_version": 0, "counter": 1}


@pytest.mark.parametrize(
    "wrong",
    [{"id": "x"}, {"registration_id": None}, {"workshop_id": "x"}, {"workshop_id": 7}, {"value": True}, {"value": 2}]
    + [{"base_version": -1}, {"counter": "1"}, {"counter": 2**31}],
)
def test_what_makes_no_sense_is_said_in_words(wrong: dict[str, Any]) -> None:
    assert isinstance(read(GOOD), Operation)
    assert isinstance(read(GOOD | wrong), str)
