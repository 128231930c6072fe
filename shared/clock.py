"""The time that rules see.

Rules about days and deadlines take `now` from here, so that a rehearsal can be played on another date: with
`AGORA_CLOCK=2016-10-03T09:00:00+02:00` the clock starts there when the first process of the stack does, and
runs on at normal speed. Leases, retries and the outbox use the database's own clock instead.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


@cache
def _shift() -> dt.timedelta:
    start = os.environ.get("AGORA_CLOCK", "")
    if not start:
        return dt.timedelta(0)
    begins = dt.datetime.fromisoformat(start)
    if begins.tzinfo is None:
        raise ValueError("AGORA_CLOCK needs an offset, such as 2016-10-03T09:00:00+02:00")
    # Several processes share one shifted clock when whoever starts them says when it was set.
    since = os.environ.get("AGORA_CLOCK_SET_AT", "")
    set_at = dt.datetime.fromisoformat(since) if since else dt.datetime.now(dt.UTC)
    return begins - set_at


def now() -> dt.datetime:
    """The current instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC) + _shift()


def lived(instant: dt.datetime) -> dt.datetime:
    """An instant by the database's clock, on this one: the two differ only in a rehearsal on another date."""
    shift = now() - dt.datetime.now(dt.UTC)
    return instant + shift if abs(shift) > dt.timedelta(seconds=1) else instant
