"""Step 3 of nine: until when a freed seat is kept for who waits. Next: services/registration/models/seats.py."""

from __future__ import annotations

import datetime as dt

from shared.clock import PARIS

MORNING, EVENING = dt.time(10), dt.time(20)
"""A deadline falls between these, in local time: nobody loses a seat while asleep."""
SHORTEST = dt.timedelta(hours=3)
LAST = dt.timedelta(hours=24)
"""No offer runs into the last day before the event: the kitchen counts then."""
MOST_HOURS = 336


def deadline(now: dt.datetime, hours: int, starts_at: dt.datetime) -> dt.datetime | None:
    """The end of an offer made at `now`; None when there is no time left to wait for an answer.

    At least `hours`, then on to the next morning if that is a night; never later than a day before the event.
    """
    promised = max(dt.timedelta(hours=hours), SHORTEST)
    end = _out_of_the_night(now.astimezone(dt.UTC) + promised, later=True)
    latest = _out_of_the_night(starts_at.astimezone(dt.UTC) - LAST, later=False)
    found = min(end, latest)
    return found if found >= now + SHORTEST else None


def _out_of_the_night(moment: dt.datetime, *, later: bool) -> dt.datetime:
    local = moment.astimezone(PARIS)
    clock = local.time()
    if MORNING <= clock <= EVENING:
        return local
    if later:
        day = local.date() if clock < MORNING else local.date() + dt.timedelta(days=1)
        return dt.datetime.combine(day, MORNING, PARIS)
    day = local.date() if clock > EVENING else local.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, EVENING, PARIS)
