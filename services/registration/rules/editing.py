"""Step 3 of nine: what an edit changes, and what it was made from. Next: services/registration/models/events.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.registration.rules.choices import N_
from shared.clock import PARIS

CALLED_OFF = N_("Cette rencontre est annulée : elle ne se modifie plus.")


def stamp(values: Mapping[str, Any]) -> str:
    """Short and the same for the same values: a form carries it, so that what was saved meanwhile is noticed."""
    text = json.dumps({name: plain(value) for name, value in values.items()}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, before, after) of what differs, in the order of `before`."""
    return [(name, old, after[name]) for name, old in before.items() if name in after and after[name] != old]


def for_audit(changes: Iterable[tuple[str, Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after, as plain JSON."""
    kept = list(changes)
    return {name: plain(old) for name, old, _ in kept}, {name: plain(new) for name, _, new in kept}


def plain(value: Any) -> Any:
    """As JSON keeps it; an instant in Paris, so that the same moment is always the same text."""
    if isinstance(value, dt.datetime):
        return value.astimezone(PARIS).isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def later(moment: dt.datetime, gap: dt.timedelta) -> dt.datetime:
    """`moment` moved in local hours: 14:15 stays 14:15 across a change of clocks."""
    return (moment.astimezone(PARIS).replace(tzinfo=None) + gap).replace(tzinfo=PARIS)


def gap(before: dt.datetime, after: dt.datetime) -> dt.timedelta:
    """How far apart, counted in local hours."""
    return after.astimezone(PARIS).replace(tzinfo=None) - before.astimezone(PARIS).replace(tzinfo=None)
