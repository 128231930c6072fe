"""When somebody is reminded of a place that is theirs. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.rules.dates import at
from shared.clock import PARIS

CHOICES = (14, 7, 3, 1)
"""How many days ahead an event may remind its people."""
DEFAULT = (7, 1)
"""A week ahead a freed seat still finds its next taker; the day before, people look for the address."""
LATE = 2
"""A reminder that could not leave on its day still does on the next two: a worker may rest over a week-end."""
HOURS = (9, 19)
"""From the first hour to before the second, in Paris: nobody is written to at night."""


@dataclass(frozen=True)
class Due:
    """The reminder of `days_before` is on; who has a place since `since` or later remembers without us."""

    days_before: int
    since: dt.datetime
    left: int
    """Days until the event, today: 0 is the day itself."""


def is_hour(now: dt.datetime) -> bool:
    return HOURS[0] <= now.astimezone(PARIS).hour < HOURS[1]


def due(starts_at: dt.datetime, chosen: Iterable[int], now: dt.datetime) -> Due | None:
    """The reminder to send now, the nearest that has come; None when there is none, or it is too late for it."""
    day = starts_at.astimezone(PARIS).date()
    left = (day - now.astimezone(PARIS).date()).days
    come = [number for number in chosen if number >= left]
    if now >= starts_at or not come or min(come) - left > LATE:
        return None
    return Due(min(come), day_of(starts_at, min(come)), left)


def day_of(starts_at: dt.datetime, days_before: int) -> dt.datetime:
    """The first instant of the day that a reminder leaves on."""
    return at(starts_at.astimezone(PARIS).date() - dt.timedelta(days=days_before), dt.time())
