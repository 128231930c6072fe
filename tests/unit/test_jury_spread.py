"""How scores spread in the calibration exercise."""

from __future__ import annotations

from typing import Any

import pytest

from services.jury.spread import spread


def criterion(highest: int) -> dict[str, Any]:
    levels = [{"value": value, "label": f"n{value}", "evidence": ""} for value in range(highest + 1)]
    return {"title": "Besoin", "help": "", "max": highest, "levels": levels}


def test_a_spread_counts_jurors_per_level() -> None:
    found = spread(criterion(5), [4, 1, 4, None, 4])
    assert (found.counts, found.given, found.readings, found.gap) == ((0, 1, 0, 0, 3, 0), (1, 4), 4, 3)


def test_nobody_yet_is_no_spread() -> None:
    found = spread(criterion(5), [])
    assert (found.given, found.readings, found.gap, found.wide) == ((), 0, 0, False)


def test_a_value_of_an_older_grid_is_left_out() -> None:
    assert spread(criterion(3), [5, -1, "4", 2]).counts == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("highest", "values", "wide"),
    [(5, [2, 3], False), (5, [2, 4], True), (20, [5, 12], False), (20, [5, 13], True), (1, [0, 1], False)],
)
def test_two_levels_and_two_fifths_of_the_scale_are_wide(highest: int, values: list[int], wide: bool) -> None:
    assert spread(criterion(highest), values).wide is wide
