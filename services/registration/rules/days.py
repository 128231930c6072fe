"""Step 3 of nine for an event of several days: on which of them somebody came. Next: models/desk.py.

An admission counts for one day of the event. A day begins at four in the morning, so that an evening ends when its
people go home; static/desk/door.js counts the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from shared.clock import PARIS

BEGINS = dt.timedelta(hours=4)


def of(starts_at: dt.datetime, ends_at: dt.datetime) -> list[dt.date]:
    """The days of an event that goes from one instant to the other, at least one."""
    first = day_of(starts_at)
    return [first + dt.timedelta(days=number) for number in range(max((day_of(ends_at) - first).days, 0) + 1)]


def at(instant: dt.datetime, days: Sequence[dt.date]) -> dt.date:
    """The one of `days` that an instant belongs to: who comes the evening before comes for the first."""
    return nearest(day_of(instant), days)


def nearest(day: dt.date, days: Sequence[dt.date]) -> dt.date:
    """`day` within the event: its dates may have been moved while a desk was without a network."""
    return min(max(day, days[0]), days[-1])


def day_of(instant: dt.datetime) -> dt.date:
    return (instant - BEGINS).astimezone(PARIS).date()


def begins(day: dt.date) -> dt.datetime:
    """The first instant of that day."""
    return over(day - dt.timedelta(days=1))


def over(day: dt.date) -> dt.datetime:
    """The first instant after that day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), PARIS) + BEGINS


def version_before(day: dt.date, days: Sequence[dt.date], versions: Mapping[dt.date, int]) -> int:
    """What a page that knows of no days is told beside the version of `day`: with it the version of a person grows from
    each day to the next, and the page takes over that nobody is in yet."""
    return sum(versions.get(one, 0) + 1 for one in days if one < day)
