"""Step 3 of nine: what an edit changes, and what it was made from. Next: services/registration/models/events.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from services.registration.rules.choices import N_
from shared.clock import PARIS
from shared.stamps import plain as plain
from shared.stamps import stamp as stamp

CALLED_OFF = N_("Cette rencontre est annulée : elle ne se modifie plus.")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, before, after) of what differs, in the order of `before`."""
    return [(name, old, after[name]) for name, old in before.items() if name in after and after[name] != old]


def for_audit(changes: Iterable[tuple[str, Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after, as plain JSON."""
    kept = list(changes)
    return {name: plain(old) for name, old, _ in kept}, {name: plain(new) for name, _, new in kept}


def later(moment: dt.datetime, gap: dt.timedelta) -> dt.datetime:
    """`moment` moved in local hours: 14:15 stays 14:15 across a change of clocks."""
    return (moment.astimezone(PARIS).replace(tzinfo=None) + gap).replace(tzinfo=PARIS)


def gap(before: dt.datetime, after: dt.datetime) -> dt.timedelta:
    """How far apart, counted in local hours."""
    return after.astimezone(PARIS).replace(tzinfo=None) - before.astimezone(PARIS).replace(tzinfo=None)
