"""Ranked wishes: the rules of a fair allocation, written down."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules import allocation as rules
from services.registration.rules.allocation import Problem

SEED = "6e-agora"


def one_slot(seats: dict[str, int], wishes: dict[str, str], seed: str = SEED) -> Problem:
    """`wishes`: person → workshops in the order wished, one letter each."""
    people = {who: {"s": list(asked)} for who, asked in wishes.items()}
    return Problem(seed, {room: ("s", count) for room, count in seats.items()}, people)


def ranks(problem: Problem, slot: str = "s") -> dict[str, int | None]:
    return {who: got.get(slot, (None, None))[1] for who, got in rules.allocate(problem).items()}


def test_enough_seats_give_everybody_their_first_choice() -> None:
    problem = one_slot({"a": 2, "b": 2}, {"1": "ab", "2": "ab", "3": "ba"})
    assert ranks(problem) == {"1": 1, "2": 1, "3": 1}


def test_nobody_has_a_third_choice_while_moving_others_helps() -> None:
    # Whoever comes first, "3" has no other way than a: the two others have one.
    problem = one_slot({"a": 1, "b": 1, "c": 1}, {"1": "abc", "2": "bca", "3": "acb"})
    assert sorted(ranks(problem).values(), key=str) == [1, 1, 2]


def test_two_second_choices_are_better_than_one_third() -> None:
    problem = one_slot({"a": 1, "b": 1, "c": 1}, {"1": "abc", "2": "abc", "3": "bca"})
    assert sorted(ranks(problem).values(), key=str) == [1, 2, 2]


def test_nobody_is_left_out_for_the_sake_of_a_better_rank() -> None:
    problem = one_slot({"a": 1, "b": 1, "c": 1}, {"1": "abc", "2": "abc", "3": "abc"})
    assert sorted(ranks(problem).values(), key=str) == [1, 2, 3]


def test_who_names_one_workshop_only_gains_nothing_by_it() -> None:
    full = {str(n): "abc" for n in range(8)}
    seats = {"a": 2, "b": 3, "c": 3}
    for who in full:
        got = ranks(one_slot(seats, full))[who]
        alone = ranks(one_slot(seats, full | {who: "a"}))[who]
        assert alone in (None, got)


def test_the_order_of_arrival_counts_for_nothing() -> None:
    wishes = {str(n): random.Random(n).sample("abcd", 3) for n in range(30)}
    problem = one_slot({"a": 5, "b": 5, "c": 5, "d": 5}, {who: "".join(asked) for who, asked in wishes.items()})
    shuffled = dict(reversed(problem.people.items()))
    again = Problem(problem.seed, dict(reversed(problem.workshops.items())), shuffled)
    assert rules.allocate(again) == rules.allocate(problem)


def test_ties_are_settled_by_lots_that_the_seed_draws() -> None:
    wishes = dict.fromkeys("12345678", "a")
    winners = {tuple(who for who, rank in ranks(one_slot({"a": 1}, wishes, str(n))).items() if rank) for n in range(40)}
    assert len(winners) > 3
    problem = one_slot({"a": 1}, wishes)
    (winner,) = (who for who, rank in ranks(problem).items() if rank)
    assert rules.lots(problem)[winner] == 1


def test_who_had_less_in_the_morning_goes_first_in_the_afternoon() -> None:
    people = {who: {"morning": ["a", "b"], "noon": ["c", "d"]} for who in "12"}
    seats = {"a": ("morning", 1), "b": ("morning", 1), "c": ("noon", 1), "d": ("noon", 1)}
    got = rules.allocate(Problem(SEED, seats, people))
    assert {tuple(sorted(rank or 0 for _, rank in one.values())) for one in got.values()} == {(1, 2)}


def test_a_workshop_without_seats_gives_none() -> None:
    assert ranks(one_slot({"a": 0, "b": 1}, {"1": "ab", "2": "a"})) == {"1": 2, "2": None}


def test_what_is_not_a_problem_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        rules.allocate(one_slot({"a": 1}, {"1": "z"}))
    with pytest.raises(ValueError, match="twice"):
        rules.allocate(one_slot({"a": 1}, {"1": "aa"}))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    rooms = "abc"[: draw(st.integers(1, 3))]
    seats = {room: draw(st.integers(0, 2)) for room in rooms}
    people = {
        str(n): "".join(draw(st.permutations(rooms))[: draw(st.integers(1, len(rooms)))])
        for n in range(draw(st.integers(1, 5)))
    }
    return one_slot(seats, people, str(draw(st.integers(0, 3))))


def counts(problem: Problem, got: dict[str, int | None]) -> list[int]:
    """How many pay each price: being left out costs what the next rank would."""
    paid = [got[who] or len(asked["s"]) + 1 for who, asked in problem.people.items()]
    return [paid.count(price) for price in (4, 3, 2, 1)]


@given(problems())
def test_no_other_allocation_is_fairer(problem: Problem) -> None:
    """Against every possible one: fewest left out, then fewest thirds, then fewest seconds."""
    seats = {room: count for room, (_, count) in problem.workshops.items()}
    best = None
    for chosen in itertools.product(*([*asked["s"], None] for asked in problem.people.values())):
        if all(chosen.count(room) <= count for room, count in seats.items()):
            got = {
                who: asked["s"].index(room) + 1 if room else None
                for (who, asked), room in zip(problem.people.items(), chosen, strict=True)
            }
            found = counts(problem, got)
            best = found if best is None else min(best, found)
    assert counts(problem, ranks(problem)) == best


@given(problems())
def test_no_seat_is_oversold_and_no_swap_helps_two(problem: Problem) -> None:
    got = rules.allocate(problem)
    taken = [one["s"][0] for one in got.values() if one["s"][0]]
    for room, (_, count) in problem.workshops.items():
        assert taken.count(room) <= count
    rank = {who: {room: n for n, room in enumerate(asked["s"], 1)} for who, asked in problem.people.items()}
    for first, second in itertools.combinations(got, 2):
        mine, theirs = got[first]["s"][0], got[second]["s"][0]
        if mine and theirs and theirs in rank[first] and mine in rank[second]:
            assert (
                rank[first][theirs] > rank[first][mine] or rank[second][mine] > rank[second][theirs] or mine == theirs
            )
    for who, one in got.items():
        better = problem.people[who]["s"][: (one["s"][1] or 9) - 1]
        assert all(taken.count(room) == problem.workshops[room][1] for room in better)


def test_six_hundred_people_and_three_slots_of_twelve_workshops() -> None:
    draw = random.Random(1)
    rooms = {f"{slot}{n}": (str(slot), 50) for slot in range(3) for n in range(12)}
    weights = [2.0 ** -(n / 2) for n in range(12)]

    def asked(slot: int) -> list[str]:
        found: list[str] = []
        while len(found) < 3:
            (room,) = draw.choices(range(12), weights)
            if f"{slot}{room}" not in found:
                found.append(f"{slot}{room}")
        return found

    people = {f"P{n:03}": {str(slot): asked(slot) for slot in range(3)} for n in range(600)}
    began = time.process_time()
    got = rules.allocate(Problem(SEED, rooms, people))
    assert time.process_time() - began < 5
    assert rules.summary(Problem(SEED, rooms, people), got)["0"][1] > 200


def test_the_record_says_all_that_it_takes_to_do_it_again() -> None:
    problem = one_slot({"a": 1, "b": 1}, {"1": "ab", "2": "ab", "3": "ba"})
    record = rules.record(problem, rules.allocate(problem))
    assert rules.faults(record) == []
    record["people"]["1"]["s"]["got"], record["people"]["2"]["s"]["got"] = "b", "a"
    assert rules.faults(record)
    del record["seed"]
    assert rules.faults(record)
