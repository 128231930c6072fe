"""When somebody is reminded of a place that is theirs. Pure."""

from __future__ import annotations

import datetime as dt

from shared.clock import PARIS

AHEAD = dt.timedelta(days=3)
"""Early enough for a freed seat to find its next taker."""
FRESH = dt.timedelta(days=1)
"""Who registered since then remembers without us."""
HOURS = (9, 19)
"""From the first hour to before the second, in Paris: nobody is written to at night."""


def is_hour(now: dt.datetime) -> bool:
    return HOURS[0] <= now.astimezone(PARIS).hour < HOURS[1]
