"""The table plan: nobody lost, tables equal, types mixed, structures apart, the same draw the same plan."""

from __future__ import annotations

import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registration.rules.tables import Guest, Plan, plan

guests = st.lists(
    st.builds(
        Guest,
        id=st.uuids().map(str),
        type=st.sampled_from(["association", "authority", "education", "business"]),
        structure=st.sampled_from(["", "lac", "ville", "lycee", "coop", "puits"]),
    ),
    max_size=40,
    unique_by=lambda one: one.id,
)


@settings(max_examples=40)
@given(people=guests, size=st.integers(3, 12), draw=st.integers(1, 50))
def test_everybody_has_one_seat_tables_are_equal_and_types_are_spread(
    people: list[Guest], size: int, draw: int
) -> None:
    made = plan(people, size, draw)
    assert sorted(one.id for table in made.tables for one in table) == sorted(one.id for one in people)
    sizes = [len(table) for table in made.tables]
    assert not sizes or (max(sizes) <= size and max(sizes) - min(sizes) <= 1)
    for type in {one.type for one in people}:
        counts = [sum(one.type == type for one in table) for table in made.tables]
        assert max(counts) - min(counts) <= 1


@settings(max_examples=40)
@given(people=guests, size=st.integers(3, 12), draw=st.integers(1, 50))
def test_people_of_one_structure_and_type_are_apart_when_there_are_tables_enough(
    people: list[Guest], size: int, draw: int
) -> None:
    one_type = [Guest(one.id, f"type of {one.structure or one.id}", one.structure) for one in people]
    made = plan(one_type, size, draw)
    largest = max(Counter(one.structure for one in one_type if one.structure).values(), default=0)
    assert (made.together == 0) == (largest <= len(made.tables))


@settings(max_examples=40)
@given(people=guests, draw=st.integers(1, 50))
def test_the_same_draw_gives_the_same_plan_in_whatever_order_they_registered(people: list[Guest], draw: int) -> None:
    assert plan(people, 8, draw) == plan(list(reversed(people)), 8, draw)


def test_six_hundred_people_of_mixed_structures_are_parted_quickly() -> None:
    types = ["association", "association", "association", "authority", "education", "business"]
    people = [Guest(f"{number:04}", types[number % 6], f"structure {number % 150}") for number in range(600)]
    began = time.process_time()
    plans: list[Plan] = [plan(people, 8, draw) for draw in (1, 2)]
    assert time.process_time() - began < 2
    assert [one.together for one in plans] == [0, 0]
    assert plans[0] != plans[1]
