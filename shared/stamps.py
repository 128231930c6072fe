"""A stamp of what a page showed: whoever presses its button learns that somebody else changed it meanwhile."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from shared.clock import PARIS


def stamp(values: Mapping[str, Any]) -> str:
    """Short and the same for the same values: a form carries it, so that what was saved meanwhile is noticed."""
    text = json.dumps({name: plain(value) for name, value in values.items()}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def plain(value: Any) -> Any:
    """As JSON keeps it; an instant in Paris, so that the same moment is always the same text."""
    if isinstance(value, dt.datetime):
        return value.astimezone(PARIS).isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)
