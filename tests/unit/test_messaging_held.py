"""What the broker refused and is tried again takes no look from what is new."""

import pytest

from shared.messaging import held

THINGS = [f"thing {number}" for number in range(held.FEW + 10)]


def test_after_a_look_that_tried_some_again_one_is_for_what_is_new_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two facts of each fill a look, and are the oldest: as many things are due again before the last was tried."""
    monkeypatch.setattr(held, "FIRST", 0.0)
    monkeypatch.setattr(held, "MOST", 0.0)
    known = held.Held()
    known.settle([], THINGS)
    for _ in range(2):
        tried = set(THINGS) - set(known.left_out())
        assert len(tried) == held.FEW
        known.settle([], tried)
        assert set(known.left_out()) == set(THINGS)
        known.settle(["new"], [])
    taken = set(THINGS) - set(known.left_out())
    known.settle(taken, [])
    assert known.left_out() == [], "the broker takes them: all at once"
