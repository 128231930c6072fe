"""Step 3 of nine: ranked wishes become seats in workshops. Next: services/registration/use_cases/allocating.py.

One slot after the other, in the order of their names here. In each, the fewest people are left out, then the fewest
have a third choice, then the fewest a second one: the cheapest flow when a rank costs more than all ranks before it
together. Being left out costs whoever named k workshops what choice k + 1 would, so a short list gains nothing.
Among allocations that are equally good, who had less in the slots before goes first, then the lots: everybody has a
number, the order of SHA-256 of "seed:person". The order of arrival is not even known here (decision 0226).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 3
"""Wishes per slot."""
_NONE = ""

Got = tuple[str | None, int | None]
"""(workshop, rank from 1), both None for who gets nothing in a slot."""


@dataclass(frozen=True)
class Problem:
    """workshops: id → (slot, seats). people: id → slot → workshops, the dearest first."""

    seed: str
    workshops: Mapping[str, tuple[str, int]]
    people: Mapping[str, Mapping[str, Sequence[str]]]


def lots(problem: Problem) -> dict[str, int]:
    """Each person's number, from 1; the lowest goes first."""

    def drawn(who: str) -> tuple[str, str]:
        return hashlib.sha256(f"{problem.seed}:{who}".encode()).hexdigest(), who

    return {who: number for number, who in enumerate(sorted(problem.people, key=drawn), start=1)}


def allocate(problem: Problem) -> dict[str, dict[str, Got]]:
    """person → slot → (workshop, rank), for each slot that the person has wishes in. Raises ValueError."""
    _check(problem)
    found: dict[str, dict[str, Got]] = {who: {} for who in problem.people}
    number = lots(problem)
    missed: Counter[str] = Counter()
    for slot in sorted({slot for slot, _ in problem.workshops.values()}):
        wishes = {who: asked[slot] for who, asked in problem.people.items() if asked.get(slot)}
        order = sorted(wishes, key=lambda who: (-missed[who], number[who]))
        seats = {room: count for room, (of, count) in problem.workshops.items() if of == slot}
        for who, room in _Flow(seats, wishes, order).solve().items():
            asked = wishes[who]
            rank = asked.index(room) + 1 if room else None
            found[who][slot] = (room or None, rank)
            missed[who] += (rank or len(asked) + 1) - 1
    return found


def _check(problem: Problem) -> None:
    for who, slots in problem.people.items():
        for slot, asked in slots.items():
            if len(set(asked)) < len(asked):
                raise ValueError(f"{who} asks for a workshop twice")
            if any(room not in problem.workshops or problem.workshops[room][0] != slot for room in asked):
                raise ValueError(f"{who} asks for an unknown workshop")


class _Flow:
    """Cheapest flow from people to workshops, by shortest augmenting paths.

    People enter one by one; each takes the cheapest path that ends at a free seat, moving others along it. `moves`
    keeps the cheapest person to move between two workshops, so a path is sought among workshops only.
    """

    def __init__(self, seats: dict[str, int], wishes: dict[str, Sequence[str]], order: list[str]) -> None:
        self.order = order
        self.seats = {room: seats[room] for room in sorted(seats)} | {_NONE: len(order)}
        n = len(order) + 1
        longest = max((len(asked) for asked in wishes.values()), default=0)
        scale = n * n * (longest + 1)  # more than all that lots can add up to
        self.price: dict[str, dict[str, int]] = {}
        for place, who in enumerate(order):
            first = n - place  # what a worse choice costs whoever has a good number
            steps = [(n ** (rank - 1) if rank else 0) * scale + rank * first for rank in range(len(wishes[who]) + 1)]
            self.price[who] = dict(zip((*wishes[who], _NONE), steps, strict=True))
        self.inside: dict[str, list[str]] = {room: [] for room in self.seats}
        self.moves: dict[str, dict[str, tuple[int, str]]] = {room: {} for room in self.seats}

    def solve(self) -> dict[str, str]:
        for who in self.order:
            self._enter(who)
        return {who: room for room, people in self.inside.items() for who in people}

    def _enter(self, who: str) -> None:
        costs = dict(self.price[who])
        via: dict[str, str | None] = dict.fromkeys(costs)
        queue = list(costs)
        while queue:  # Bellman-Ford: moving somebody to what they like better costs less than nothing
            room = queue.pop(0)
            if len(self.inside[room]) < self.seats[room]:
                continue
            for other, (step, _) in self.moves[room].items():
                if other not in costs or costs[room] + step < costs[other]:
                    costs[other], via[other] = costs[room] + step, room
                    if other not in queue:
                        queue.append(other)
        ends = [room for room in costs if len(self.inside[room]) < self.seats[room]]
        room = min(ends, key=lambda one: (costs[one], one))
        touched = {room}
        while (before := via[room]) is not None:
            mover = self.moves[before][room][1]
            self.inside[before].remove(mover)
            self.inside[room].append(mover)
            touched.add(before)
            room = before
        self.inside[room].append(who)
        for one in touched:
            self._learn(one)

    def _learn(self, room: str) -> None:
        best: dict[str, tuple[int, str]] = {}
        for who in self.inside[room]:
            here = self.price[who][room]
            for other, there in self.price[who].items():
                if other != room and (other not in best or (there - here, who) < best[other]):
                    best[other] = (there - here, who)
        self.moves[room] = best


def summary(problem: Problem, got: Mapping[str, Mapping[str, Got]]) -> dict[str, list[int]]:
    """slot → how many got nothing, their first choice, their second, their third."""
    found = {slot: [0] * (MOST + 1) for slot in sorted({slot for slot, _ in problem.workshops.values()})}
    for slots in got.values():
        for slot, (_, rank) in slots.items():
            found[slot][rank or 0] += 1
    return found


def asked(problem: Problem) -> dict[str, list[int]]:
    """workshop → how many named it at all, first, second, third."""
    found = {room: [0] * (MOST + 1) for room in problem.workshops}
    for slots in problem.people.values():
        for rooms in slots.values():
            for rank, room in enumerate(rooms, start=1):
                found[room][0] += 1
                found[room][rank] += 1
    return found


def record(problem: Problem, got: Mapping[str, Mapping[str, Got]]) -> dict[str, Any]:
    """All that went in and came out, plain, for whoever wants to do it again."""
    number = lots(problem)
    return {
        "seed": problem.seed,
        "workshops": {room: {"slot": slot, "seats": seats} for room, (slot, seats) in problem.workshops.items()},
        "people": {
            who: {
                slot: {"wishes": list(rooms), "got": got[who][slot][0], "rank": got[who][slot][1]}
                for slot, rooms in slots.items()
                if rooms
            }
            for who, slots in problem.people.items()
        },
        "lots": number,
    }


def problem_of(record: Mapping[str, Any]) -> Problem:
    """The problem of a record. Raises ValueError when it is not one."""
    try:
        return Problem(
            str(record["seed"]),
            {room: (one["slot"], int(one["seats"])) for room, one in record["workshops"].items()},
            {
                who: {slot: list(one["wishes"]) for slot, one in slots.items()}
                for who, slots in record["people"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record of an allocation: {error}") from error


def faults(record: Mapping[str, Any]) -> list[str]:
    """What a record says differently from what its own wishes and seed give; nothing when it is right."""
    try:
        problem = problem_of(record)
        got = allocate(problem)
    except ValueError as error:
        return [str(error)]
    return [
        f"{who}, {slot}: recorded {one.get('got')}, recomputed {got[who][slot][0]}"
        for who, slots in record["people"].items()
        for slot, one in slots.items()
        if one.get("got") != got[who][slot][0]
    ]
