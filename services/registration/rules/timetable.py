"""Step 3 of nine: the time-table as a table of rooms and hours, and what cannot be. Next: models/events.py."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.rules.people import fold
from shared.clock import PARIS


@dataclass(frozen=True)
class Use:
    """Something that happens: in a room or, with "", in none in particular. `people` speak in it."""

    title: str
    room: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    people: tuple[str, ...] = ()
    key: str = ""

    def meets(self, other: Use) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def room_clashes(uses: Iterable[Use]) -> list[tuple[Use, Use]]:
    """Pairs in one room at one time, in order of time. Accents, case and spaces of a room's name do not count."""
    return [pair for pair in _pairs(uses) if fold(pair[0].room) and fold(pair[0].room) == fold(pair[1].room)]


def people_clashes(uses: Iterable[Use]) -> list[tuple[str, Use, Use]]:
    """Who would speak in two places at one time."""
    found = []
    for one, other in _pairs(uses):
        names = {fold(name) for name in other.people}
        found += [(name, one, other) for name in one.people if fold(name) and fold(name) in names]
    return found


def outside(uses: Iterable[Use], starts_at: dt.datetime, ends_at: dt.datetime) -> list[Use]:
    """What begins before the event or ends after it."""
    return [use for use in _ordered(uses) if use.starts_at < starts_at or use.ends_at > ends_at]


def _ordered(uses: Iterable[Use]) -> list[Use]:
    return sorted(uses, key=lambda use: (use.starts_at, use.ends_at, fold(use.room), use.title))


def _pairs(uses: Iterable[Use]) -> list[tuple[Use, Use]]:
    return [pair for pair in itertools.combinations(_ordered(uses), 2) if pair[0].meets(pair[1])]


@dataclass(frozen=True)
class Cell:
    """What stands in one room over `rows` rows; nothing when `uses` is empty. More than one use is a clash."""

    rows: int
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Row:
    """From one moment at which something begins or ends to the next. A cell is None where one above goes on."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Day:
    date: dt.date
    rooms: tuple[str, ...]
    rows: tuple[Row, ...]


def days(uses: Iterable[Use]) -> list[Day]:
    """One table for each day: rooms side by side, what has no room in the last column."""
    by_day: dict[dt.date, list[Use]] = {}
    for use in _ordered(uses):
        by_day.setdefault(use.starts_at.astimezone(PARIS).date(), []).append(use)
    return [_day(date, found) for date, found in sorted(by_day.items())]


def _day(date: dt.date, uses: Sequence[Use]) -> Day:
    rooms: dict[str, str] = {}
    for use in uses:
        rooms.setdefault(fold(use.room), use.room.strip())
    order = sorted(rooms, key=lambda room: (room == "", room))
    moments = sorted({moment for use in uses for moment in (use.starts_at, use.ends_at)})
    columns = [_column(moments, [use for use in uses if fold(use.room) == room]) for room in order]
    rows = [
        Row(start, end, tuple(column[number] for column in columns))
        for number, (start, end) in enumerate(itertools.pairwise(moments))
    ]
    return Day(date, tuple(rooms[room] for room in order), tuple(rows))


def _column(moments: Sequence[dt.datetime], uses: Sequence[Use]) -> list[Cell | None]:
    """The cells of one room, from top to bottom; uses that overlap share one."""
    groups: list[list[Use]] = []
    for use in uses:
        if groups and use.starts_at < max(one.ends_at for one in groups[-1]):
            groups[-1].append(use)
        else:
            groups.append([use])
    cells: list[Cell | None] = [Cell(1, ())] * (len(moments) - 1)
    for group in groups:
        first = moments.index(group[0].starts_at)
        last = moments.index(max(one.ends_at for one in group))
        cells[first] = Cell(last - first, tuple(group))
        for number in range(first + 1, last):
            cells[number] = None
    return cells
