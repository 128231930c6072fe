"""What becomes of a value that a tablet sends: by what it had seen, its pairing and its counter."""

from __future__ import annotations

import pytest

from services.jury.rules import Cell, Operation, decide

HELD = Cell(version=3, value=2, epoch=5, counter=40)


@pytest.mark.parametrize(
    ("base", "epoch", "counter", "becomes"),
    [
        (3, 4, 1, ("applied", True)),  # nobody wrote in between, whichever tablet it is
        (2, 5, 41, ("applied", True)),  # the same tablet, a later tap
        (2, 5, 40, ("conflict", False)),  # the same tablet, the tap that is held
        (2, 5, 39, ("conflict", False)),
        (2, 6, 1, ("conflict", True)),  # the tablet paired later wins, and the juror is told
        (4, 6, 1, ("applied", True)),  # it has seen more than is held: a backup was restored
        (2, 4, 99, ("conflict", False)),  # the tablet paired earlier covers nothing
        (4, 4, 99, ("conflict", False)),
    ],
)
def test_who_saw_what_decides(base: int, epoch: int, counter: int, becomes: tuple[str, bool]) -> None:
    sent = Operation("one", "project", "criterion", 4, base, counter, "")

    assert decide(HELD, sent, epoch)[:2] == becomes
    assert (decide(HELD, sent, epoch).reason is None) is (becomes[0] == "applied"), "a conflict says why"
