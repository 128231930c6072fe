"""Step 3 of nine for what a workshop brings back: three parts, two devices at most. Next: models/restitution.py."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from services.registration.rules import device
from services.registration.rules.choices import N_

PARTS: dict[str, str] = {
    "findings": N_("Constats"),
    "proposals": N_("Propositions"),
    "next_steps": N_("Suites"),
}
LONGEST = 3000
LARGEST_BATCH = 50

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
            "conflict",
            writes=False,
            reason=N_("Une autre personne a écrit entre-temps. Votre texte est gardé ci-dessous."),
        )
    return Decision("applied", writes=True)


def read(raw: Any) -> Operation | str:
    """An operation from whatever a client sent, or why it is none, in French."""
    if not isinstance(raw, dict):
        return N_("Opération illisible.")
    id = device.identifier(raw.get("id"))
    if id is None:
        return N_("L’identifiant n’est pas lisible.")
    if not isinstance(raw.get("part"), str) or raw["part"] not in PARTS:
        return N_("Cette partie n’existe pas.")
    text = raw.get("value")
    if not isinstance(text, str) or device.UNSTORABLE.search(text):
        return N_("Le texte n’est pas lisible.")
    if len(text) > LONGEST:
        return N_("3000 caractères au plus par partie.")
    fault = device.fault_of_numbers(raw)
    if fault:
        return fault
    return Operation(id, raw["part"], text, raw["base_version"], raw["counter"], device.instant(raw.get("client_time")))
