"""What a device that was offline may send: ids, counters and times read from plain JSON. Pure."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from services.registration.rules.choices import N_

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BIGGEST = 2**31 - 1


def fault_of_numbers(raw: dict[str, Any]) -> str:
    """Why base_version and counter cannot be read, in French; "" when they can."""
    numbers = [raw.get("base_version"), raw.get("counter")]
    if any(isinstance(one, bool) or not isinstance(one, int) or not 0 <= one <= _BIGGEST for one in numbers):
        return N_("La version et le compteur doivent être des entiers positifs.")
    return ""


def identifier(raw: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def instant(raw: Any) -> dt.datetime | None:
    """An instant with its offset; None for anything else."""
    try:
        found = dt.datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def when(claimed: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """The time of a tap: the device's own, unless it lies ahead of ours or more than two days behind."""
    if claimed is None or claimed > now or claimed < now - dt.timedelta(days=2):
        return now
    return claimed
