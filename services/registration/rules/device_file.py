"""What a device kept and the server may not have, from the file it saved. Pure. Next: use_cases/device_files.py.

The shape is that of `saveAsFile` in shared/web/static/outbox/device.js, format "agora-outbox-1". Nothing in it proves
who wrote it: whoever reads it in vouches for it, and the rules of versions hold as for the device itself.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from services.registration.rules import device
from services.registration.rules.choices import N_
from services.registration.rules.restitution import PARTS
from shared.errors import RuleError

FORMAT = "agora-outbox-1"
LIMIT_BYTES = 700_000
MOST = 2_000
ALIKE = 2
"""Writes of one cell that a device keeps at most: one that may have arrived, and one behind it."""
HERE = "here/"
"""How a host's phone names the presence of somebody: static/host/account.js."""
_LINK = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True)
class Write:
    """One write as the device kept it. `raw`: in the words of the API, shapes not checked yet."""

    cell: str
    lane: str
    raw: dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """`desk`, `event_id`: of a desk. `workshop_id`, `link`: of a host; `link`: the beginning of its hash, "" in a file
    from before. `writes`: in the order in which the device would send them. `plain`: the file, without its notices."""

    writes: tuple[Write, ...]
    plain: str
    desk: int | None = None
    event_id: uuid.UUID | None = None
    workshop_id: uuid.UUID | None = None
    link: str = ""


def read(data: bytes) -> Kept:
    """Raises RuleError with what to do about it."""
    if len(data) > LIMIT_BYTES:
        raise _refused(N_("Ce fichier est trop gros pour venir d’un poste d’accueil ou d’un téléphone."))
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _refused(
            N_(
                "Ce fichier ne vient pas d’un poste d’accueil ni d’un téléphone d’animation, ou s’est abîmé en route : "
                "rien n’en est pris. L’appareil garde tout ; enregistrez-y le fichier à nouveau."
            )
        )
    about, kept = found.get("about"), found.get("operations")
    if isinstance(about, dict) and "juror" in about:
        raise _refused(N_("Ce fichier vient d’une tablette du jury : il se lit à la page des tablettes de son tour."))
    if not isinstance(about, dict) or not isinstance(kept, list) or len(kept) > MOST:
        raise _refused(N_("Ce fichier ne dit pas de quel appareil il vient."))
    whose = _desk(about) or _host(about)
    if whose is None:
        raise _refused(N_("Ce fichier ne dit pas de quel appareil il vient."))
    there = sorted((one for one in kept if isinstance(one, dict) and isinstance(one.get("cell"), str)), key=_place)
    writes = tuple((_of_desk if "desk" in whose else _of_host)(one) for one in there)
    if any(times > ALIKE for times in Counter(one.cell for one in writes).values()):
        raise _refused(N_("Ce fichier ne dit pas de quel appareil il vient."))
    content = {"format": FORMAT, "about": about, "operations": there}
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
    return Kept(writes=writes, plain=plain, **whose)


def _refused(words: str) -> RuleError:
    return RuleError("file-unreadable", words, field="file")


def _desk(about: dict[str, Any]) -> dict[str, Any] | None:
    number, event = about.get("desk"), about.get("event")
    event_id = device.identifier(event.get("id")) if isinstance(event, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**31 or event_id is None:
        return None
    return {"desk": number, "event_id": event_id}


def _host(about: dict[str, Any]) -> dict[str, Any] | None:
    workshop_id, link = device.identifier(about.get("id")), about.get("link", "")
    if workshop_id is None or not isinstance(link, str) or (link and not _LINK.fullmatch(link)):
        return None
    return {"workshop_id": workshop_id, "link": link}


def _place(one: dict[str, Any]) -> tuple[bool, int]:
    """As `batch` in shared/web/static/outbox/rules.js: first what may have arrived, then by the counter."""
    counter = one.get("counter")
    return one.get("state") == "waiting", counter if isinstance(counter, int) else 0


def _common(one: dict[str, Any]) -> dict[str, Any]:
    """What each write has, whatever it is about."""
    return {
        "id": one.get("id"),
        "value": one.get("value"),
        "base_version": one.get("base"),
        "counter": one.get("counter"),
        "client_time": one.get("at"),
    }


def _of_host(one: dict[str, Any]) -> Write:
    cell: str = one["cell"]
    if cell.startswith(HERE):
        return Write(cell, "presence", _common(one) | {"registration_id": cell.removeprefix(HERE)})
    return Write(cell, "texts", _common(one) | {"part": cell if cell in PARTS else None})


def _of_desk(one: dict[str, Any]) -> Write:
    """As `deliver` in static/desk/door.js."""
    cell: str = one["cell"]
    person, slot, _ = cell.partition("/")
    extra = one.get("extra")
    if slot:
        workshop = extra.get("workshop") if isinstance(extra, dict) else None
        about = {"registration_id": person, "workshop_id": workshop, "value": 1 if one.get("value") else 0}
        return Write(cell, "presence", _common(one) | about)
    person, _, day = cell.partition("@")
    return Write(cell, "entries", _common(one) | {"registration_id": person, "day": day or None, "walk_in": extra})
