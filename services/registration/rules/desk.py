"""Step 3 of nine for the desk: what becomes of a tap at the door. Next: services/registration/models/desk.py."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from services.registration.rules import device
from services.registration.rules.choices import N_

CODE_LIFETIME = dt.timedelta(minutes=30)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16
LARGEST_BATCH = 200
_MISREAD = str.maketrans("OILU", "011V", " -\t\r\n")

_FRENCH_KEYS = dict(zip("&É\"'(-È_ÇÀQ", "1234567890A", strict=True))

Outcome = Literal["applied", "duplicate", "conflict", "refused"]


def codes(typed: str) -> set[str]:
    """What a badge may say that was read as `typed`: a reader set for an American keyboard writes « & » for 1 on a
    French one, and Q for A. The desk's page has the same: static/desk/door.js.
    """
    code = typed.strip().upper()
    return {code, "".join(_FRENCH_KEYS.get(sign, sign) for sign in code)}


@dataclass(frozen=True)
class WalkIn:
    """Someone who came without a registration: the least that a badge needs."""

    first_name: str
    last_name: str
    structure: str


@dataclass(frozen=True)
class Operation:
    """One tap, checked for shape. `present`: admitted, or the admission taken back. `day`: for which day of the event;
    None: the page is from before a desk knew of days, and means the day of the tap."""

    id: uuid.UUID
    registration_id: uuid.UUID
    present: bool
    base_version: int
    counter: int
    at: dt.datetime | None
    walk_in: WalkIn | None
    day: dt.date | None = None


@dataclass(frozen=True)
class Attendance:
    """How the server knows a person on that day before an operation. `seen_at`: in a workshop of that day."""

    present: bool = False
    version: int = 0
    desk: int | None = None
    at: dt.datetime | None = None
    seen_at: dt.datetime | None = None


@dataclass(frozen=True)
class Decision:
    """`writes`: the operation changes who is in the building. `reason`: a sentence in French, to be filled with the
    `time` and the `desk` of the admission that came first."""

    outcome: Outcome
    writes: bool
    reason: str | None = None


CALLED_OFF = N_("Cette rencontre est annulée : elle n’accueille personne.")
ALREADY = N_("Déjà admis·e à %(time)s par le poste %(desk)s")
SEEN = N_("Vu·e dans un atelier à %(time)s : votre annulation n’est pas appliquée.")
STALE_UNDO = N_("Déjà admis·e à %(time)s par le poste %(desk)s : votre annulation n’est pas appliquée.")


def decide(known: Attendance, operation: Operation, desk: int) -> Decision:
    """Two desks that admit the same person are both right: the second is told, nothing is an error."""
    if operation.present and known.present:
        if known.desk is None:  # seen in a workshop alone: the desk lets them in as well
            return Decision("applied", writes=True)
        if known.desk == desk:
            return Decision("applied", writes=False)
        return Decision("conflict", writes=False, reason=ALREADY)
    if operation.present == known.present:
        return Decision("applied", writes=False)
    if known.seen_at is not None and not operation.present:
        return Decision("conflict", writes=False, reason=SEEN)
    if not operation.present and operation.base_version < known.version and known.desk != desk:
        return Decision("conflict", writes=False, reason=STALE_UNDO)
    return Decision("applied", writes=True)


def code_of(random: bytes) -> str:
    """Sixteen characters that can be typed, out of at least sixteen random bytes."""
    return "".join(ALPHABET[byte & 31] for byte in random[:CODE_LENGTH])


def read_code(typed: str) -> str:
    """The code as it was made: small letters, spaces, O for 0 and I or L for 1 are fine."""
    return typed.upper().translate(_MISREAD)


def read(raw: Any) -> Operation | str:
    """An operation from whatever a client sent, or why it is none, in French."""
    if not isinstance(raw, dict):
        return N_("Opération illisible.")
    ids = [device.identifier(raw.get(name)) for name in ("id", "registration_id")]
    if ids[0] is None or ids[1] is None:
        return N_("L’identifiant n’est pas lisible.")
    if isinstance(raw.get("value"), bool) or raw.get("value") not in (0, 1):
        return N_("La valeur doit être 0 ou 1.")
    fault = device.fault_of_numbers(raw)
    if fault:
        return fault
    walk_in = _walk_in(raw["walk_in"]) if raw.get("walk_in") is not None else None
    if isinstance(walk_in, str):
        return walk_in
    day = _day(raw.get("day"))
    if isinstance(day, str):
        return day
    return Operation(
        ids[0],
        ids[1],
        raw["value"] == 1,
        raw["base_version"],
        raw["counter"],
        device.instant(raw.get("client_time")),
        walk_in,
        day,
    )


def _day(raw: Any) -> dt.date | str | None:
    try:
        return dt.date.fromisoformat(raw) if raw is not None else None
    except (TypeError, ValueError):
        return N_("Le jour n’est pas lisible.")


def _walk_in(raw: Any) -> WalkIn | str:
    if not isinstance(raw, dict):
        return N_("La personne n’est pas lisible.")
    texts = []
    for name, limit in (("first_name", 120), ("last_name", 120), ("structure", 200)):
        found = raw.get(name, "")
        if not isinstance(found, str) or len(found) > limit or device.UNSTORABLE.search(found):
            return N_("Un nom ou une structure n’est pas lisible.")
        texts.append(" ".join(found.split()))
    return WalkIn(*texts) if texts[1] else N_("Le nom manque.")
