"""Talking order and moved ranks: the fewest walks out of the room, checked against every order there is."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.jury.deliberation import exits, least_walking, reorder

RECUSED = st.dictionaries(st.sampled_from("ABCDEF"), st.frozensets(st.sampled_from("xyzuv"), max_size=3), max_size=6)


def test_a_juror_leaves_once_for_projects_in_a_row() -> None:
    recused = {"A": {"x"}, "C": {"x"}}
    assert exits("ABC", recused) == 2
    assert exits(least_walking("ABC", recused), recused) == 1


def test_nobody_recused_keeps_the_given_order() -> None:
    assert least_walking(["C", "A", "B"], {}) == ["C", "A", "B"]
    assert least_walking([], {}) == []


@given(recused=RECUSED)
@settings(max_examples=60, deadline=None)
def test_no_other_order_makes_fewer_leave(recused: dict[str, frozenset[str]]) -> None:
    found = least_walking("ABCDEF", recused)
    assert sorted(found) == list("ABCDEF")
    assert exits(found, recused) == min(exits(order, recused) for order in itertools.permutations("ABCDEF"))


def test_sixty_projects_are_ordered_at_once_and_better_than_by_chance() -> None:
    rng = random.Random(2016)
    jurors = [f"j{n}" for n in range(20)]
    projects = [f"p{n}" for n in range(60)]
    recused = {p: frozenset(rng.sample(jurors, rng.choice([0, 0, 1, 2]))) for p in projects}
    found = least_walking(projects, recused)
    assert sorted(found) == sorted(projects)
    by_chance = min(exits(rng.sample(projects, 60), recused) for _ in range(50))
    assert exits(found, recused) < by_chance


def test_moves_are_made_in_turn_and_lose_nobody() -> None:
    assert reorder("ABCD", [("D", 2)]) == list("ADBC")
    assert reorder("ABCD", [("D", 2), ("A", 4)]) == list("DBCA")
    assert reorder("AB", [("A", 99), ("Z", 1)]) == list("BA")
