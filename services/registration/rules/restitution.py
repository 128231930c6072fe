"""Step 3 of nine for what a workshop brings back: three parts, two devices at most. Next: models/restitution.py."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from services.registration.rules.choices import N_

PARTS: dict[str, str] = {
    "findings": N_("Constats"),
    "proposals": N_("Propositions"),
    "next_steps": N_("Suites"),
}
HINTS: dict[str, str] = {
    "findings": N_("Ce que le groupe a constaté, en deux ou trois phrases."),
    "proposals": N_("Ce que le groupe propose, et à qui."),
    "next_steps": N_("Qui fait quoi, et pour quand."),
}
LONGEST = 3000
LARGEST_BATCH = 50
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BIGGEST = 2**31 - 1

Outcome = Literal["applied", "duplicate", "conflict", "refused"]


@dataclass(frozen=True)
class Operation:
    """One version of one part, checked for shape."""

    id: uuid.UUID
    part: str
    text: str
    base_version: int
    counter: int
    at: dt.datetime | None


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    writes: bool
    reason: str | None = None


def decide(text: str, version: int, operation: Operation) -> Decision:
    """A part that somebody else changed since is never overwritten: the device keeps its own words, and says so."""
    if operation.text == text:
        return Decision("applied", writes=False)
    if operation.base_version != version:
        return Decision(
            "conflict", writes=False, reason="Une autre personne a écrit entre-temps. Votre texte est gardé ci-dessous."
        )
    return Decision("applied", writes=True)


def read(raw: Any) -> Operation | str:
    """An operation from whatever a client sent, or why it is none, in French."""
    if not isinstance(raw, dict):
        return "Opération illisible."
    id = _uuid(raw.get("id"))
    if id is None:
        return "L’identifiant n’est pas lisible."
    if not isinstance(raw.get("part"), str) or raw["part"] not in PARTS:
        return "Cette partie n’existe pas."
    text = raw.get("value")
    if not isinstance(text, str) or _UNSTORABLE.search(text):
        return "Le texte n’est pas lisible."
    if len(text) > LONGEST:
        return f"{LONGEST} caractères au plus par partie."
    numbers = [raw.get("base_version"), raw.get("counter")]
    if any(isinstance(one, bool) or not isinstance(one, int) or not 0 <= one <= _BIGGEST for one in numbers):
        return "La version et le compteur doivent être des entiers positifs."
    return Operation(id, raw["part"], text, raw["base_version"], raw["counter"], _time(raw.get("client_time")))


def when(claimed: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """The time of a line: the device's own, unless it lies ahead of ours or more than two days behind."""
    if claimed is None or claimed > now or claimed < now - dt.timedelta(days=2):
        return now
    return claimed


def _uuid(raw: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _time(raw: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
