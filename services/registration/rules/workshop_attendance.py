"""Step 3 of nine for a workshop's door: what becomes of a tap there. Next: models/workshop_attendance.py.

The host's phone and a desk at the door of a workshop write the same cell: a person and a slot, with the workshop in
which they were seen last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from services.registration.rules import device
from services.registration.rules.choices import N_

LARGEST_BATCH = 200

Outcome = Literal["applied", "duplicate", "conflict", "refused"]


@dataclass(frozen=True)
class Operation:
    """One tap, checked for shape. `present`: here, or that was taken back. `workshop_id`: None where the device speaks
    for one workshop alone."""

    id: uuid.UUID
    registration_id: uuid.UUID
    workshop_id: uuid.UUID | None
    present: bool
    base_version: int
    counter: int
    at: dt.datetime | None


@dataclass(frozen=True)
class Seen:
    """Where the server knows somebody to be in a slot before an operation; in no workshop: None."""

    workshop_id: uuid.UUID | None = None
    version: int = 0
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Decision:
    """`writes`: the operation changes where they were seen. `reason`: a sentence in French, to be filled with the
    `time` and the `workshop` of the other sight."""

    outcome: Outcome
    writes: bool
    reason: str | None = None


LATER = N_("Vu·e depuis, à %(time)s, dans « %(workshop)s » : c’est là que sa présence compte.")
STALE_UNDO = N_("Noté·e ici à %(time)s par quelqu’un d’autre : votre annulation n’est pas appliquée.")
GONE = N_("Cet atelier n’est plus au programme : personne n’y est noté. Admettez cette personne à l’entrée.")
TOO_EARLY = N_("La présence se note à partir du jour de l’atelier.")


def when(claimed: dt.datetime | None, opens_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """The time of a tap: the device's own, however long it waited for a network. A clock that is ahead counts as now,
    one that is behind as the morning of the workshop's day: where neither knew of the other it loses."""
    return now if claimed is None else min(max(claimed, opens_at), now)


def decide(known: Seen, workshop_id: uuid.UUID, operation: Operation, at: dt.datetime) -> Decision:
    """Who taps knowing the last version means it. Else the later sight holds, as a person is where they were seen last;
    two who see the same agree, and are left in peace."""
    knows = operation.base_version >= known.version
    here = known.workshop_id == workshop_id
    if operation.present:
        if here:
            return Decision("applied", writes=False)
        if known.workshop_id is not None and not knows and known.at is not None and at < known.at:
            return Decision("conflict", writes=False, reason=LATER)
        return Decision("applied", writes=True)
    if not here:
        return Decision("applied", writes=False)
    if not knows:
        return Decision("conflict", writes=False, reason=STALE_UNDO)
    return Decision("applied", writes=True)


def read(raw: Any) -> Operation | str:
    """An operation from whatever a client sent, or why it is none, in French."""
    if not isinstance(raw, dict):
        return N_("Opération illisible.")
    id, registration_id = (device.identifier(raw.get(name)) for name in ("id", "registration_id"))
    workshop_id = device.identifier(raw["workshop_id"]) if raw.get("workshop_id") is not None else None
    if id is None or registration_id is None or (raw.get("workshop_id") is not None and workshop_id is None):
        return N_("L’identifiant n’est pas lisible.")
    if isinstance(raw.get("value"), bool) or raw.get("value") not in (0, 1):
        return N_("La valeur doit être 0 ou 1.")
    fault = device.fault_of_numbers(raw)
    if fault:
        return fault
    at = device.instant(raw.get("client_time"))
    return Operation(id, registration_id, workshop_id, raw["value"] == 1, raw["base_version"], raw["counter"], at)
