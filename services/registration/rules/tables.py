"""Step 3 of nine: who sits at which table, so that types mix and people of one structure meet others. Pure.

The same people, size and draw give the same plan: order comes from a digest of the draw and each person's id, never
from a clock or a generator that another version could change.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST, MOST = 3, 20


@dataclass(frozen=True)
class Guest:
    """`structure` is "" for somebody who comes alone: they may sit anywhere."""

    id: str
    type: str
    structure: str


@dataclass(frozen=True)
class Plan:
    """tables: the guests of each. together: how many share their table with somebody of their structure."""

    tables: tuple[tuple[Guest, ...], ...]
    together: int


def plan(guests: Sequence[Guest], size: int, draw: int) -> Plan:
    """Tables of `size` at most, as equal as they can be; of each type, no table has two more than another.

    Guests are dealt one to each table in turn, type after type and structure after structure: that alone spreads
    both. What is left, a structure with people of several types, is undone by swapping guests of one type.
    """
    if not guests:
        return Plan((), 0)
    count = -(-len(guests) // size)
    tables: list[list[Guest]] = [[] for _ in range(count)]
    for place, guest in enumerate(_dealt(guests, draw)):
        tables[place % count].append(guest)
    _part(tables)
    return Plan(tuple(tuple(one) for one in tables), sum(map(_crowded, tables)))


def _dealt(guests: Sequence[Guest], draw: int) -> list[Guest]:
    def by_lot(*words: str) -> str:
        return hashlib.sha256("\x1f".join((str(draw), *words)).encode()).hexdigest()

    def group(guest: Guest) -> str:
        return guest.structure or guest.id

    return sorted(
        guests,
        key=lambda one: (by_lot("type", one.type), by_lot(one.type, group(one)), by_lot(one.id)),
    )


def _crowded(table: Sequence[Guest]) -> int:
    counts = Counter(one.structure for one in table if one.structure)
    return sum(count for count in counts.values() if count > 1)


def _part(tables: list[list[Guest]]) -> None:
    """Swap guests of one type, between the first tables where it leaves fewer together, until no swap does."""
    better = True
    while better:
        better = False
        for here, table in enumerate(tables):
            counts = Counter(one.structure for one in table if one.structure)
            for seat, guest in enumerate(table):
                if counts[guest.structure] > 1 and _swapped(tables, here, seat):
                    better = True
                    break


def _swapped(tables: list[list[Guest]], here: int, seat: int) -> bool:
    guest = tables[here][seat]
    for there, table in enumerate(tables):
        if there == here or any(one.structure == guest.structure for one in table):
            continue
        mine = {one.structure for one in tables[here] if one.structure}
        for other, candidate in enumerate(table):
            if candidate.type == guest.type and candidate.structure not in mine:
                tables[here][seat], table[other] = candidate, guest
                return True
    return False
