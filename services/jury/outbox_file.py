"""Read what a tablet kept and the server may not have, from the file it saved or the QR codes it showed. Pure.

The shape is that of `saveAsFile` in shared/web/static/outbox/device.js, format "agora-outbox-1". Nothing in it proves
who wrote it: whoever reads it in vouches for it, and the rules of versions and epochs hold as for the tablet itself.

The codes are the same content, packed and cut by `codes` in shared/web/static/outbox/codes.js. Each says which it is of
how many, and the fingerprint of the whole, which has to be met again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from services.jury.said import Said, listed

FORMAT = "agora-outbox-1"
LIMIT_BYTES = 2_000_000
MOST = 20_000
CONFLICT = "conflict"
CODE = re.compile(r"agora-outbox:(\d{1,4})/(\d{1,4}):([0-9a-f]{16}):([A-Za-z0-9+/=]+)")
"""One code: its number, how many there are, the beginning of the SHA-256 of the whole, a piece of it in Base64."""


class Unreadable(Said):
    """The file as a whole is not one of ours."""


@dataclass(frozen=True)
class Kept:
    """`epoch`: of the pairing that wrote it. `operations`: as the API takes them, in the order of the tablet's counter.
    `conflicts`: declared links, {project_id, kind, note}, shapes not checked yet."""

    juror: uuid.UUID
    round: uuid.UUID
    epoch: int
    operations: tuple[dict[str, Any], ...]
    conflicts: tuple[dict[str, Any], ...]


def joined(text: str) -> bytes:
    """What the codes in `text` hold together, in any order, as the file would. Raises Unreadable."""
    found = [(int(one), int(of), mark, piece) for one, of, mark, piece in CODE.findall(text)]
    if not found:
        raise Unreadable("Aucun code d’une tablette ici : lisez ceux que « Montrer en codes QR » affiche.")
    if len({(of, mark) for _one, of, mark, _piece in found}) > 1:
        raise Unreadable(
            "Ces codes ne vont pas ensemble : la tablette a changé entre-temps. Recommencez avec ceux qu’elle montre."
        )
    _one, of, mark, _piece = found[0]
    pieces = {one: piece for one, _of, _mark, piece in found}
    missing = [str(one) for one in range(1, of + 1) if one not in pieces]
    if missing:
        raise Unreadable("Il manque des codes : %(missing)s.", missing=listed(missing))
    try:
        packed = base64.b64decode("".join(pieces[one] for one in range(1, of + 1)), validate=True)
        if hashlib.sha256(packed).hexdigest()[:16] != mark:
            raise ValueError("another fingerprint")
        return zlib.decompressobj().decompress(packed, LIMIT_BYTES + 1)
    except (ValueError, binascii.Error, zlib.error):
        raise Unreadable("Un de ces codes est mal lu : recommencez la lecture.") from None


def read(data: bytes) -> Kept:
    """Raises Unreadable with what to do about it."""
    if len(data) > LIMIT_BYTES:
        raise Unreadable("Ce fichier est trop gros pour venir d’une tablette.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Unreadable(
            "Ce fichier ne vient pas d’une tablette, ou s’est abîmé en route : rien n’en est pris. Choisissez celui "
            "que « Enregistrer le fichier » a fait, ou enregistrez-le à nouveau ; la tablette garde tout."
        )
    about: Any = found.get("about")
    kept = found.get("operations")
    try:
        juror, this = (uuid.UUID(about[name]["id"]) for name in ("juror", "round"))
        epoch = about["epoch"]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Unreadable("Ce fichier ne dit pas de quelle tablette il vient.") from None
    if not isinstance(epoch, int) or not 0 < epoch < 2**31 or not isinstance(kept, list) or len(kept) > MOST:
        raise Unreadable("Ce fichier ne dit pas de quelle tablette il vient.")
    there = sorted((one for one in kept if isinstance(one, dict)), key=_counter)
    split = [(one, *_place(one)) for one in there]
    return Kept(
        juror=juror,
        round=this,
        epoch=epoch,
        operations=tuple(_operation(*one) for one in split if one[2] != CONFLICT),
        conflicts=tuple(_conflict(one, project) for one, project, field in split if field == CONFLICT),
    )


def _counter(one: dict[str, Any]) -> int:
    found = one.get("counter")
    return found if isinstance(found, int) else 0


def _place(one: dict[str, Any]) -> tuple[str, str]:
    cell = one.get("cell")
    project, _, field = (cell if isinstance(cell, str) else "").partition("/")
    return project, field


def _operation(one: dict[str, Any], project: str, field: str) -> dict[str, Any]:
    value = one.get("value")
    if isinstance(value, str):
        # Half of a character can be neither shown nor kept; the rest is.
        value = value.encode("utf-8", "replace").decode()
    return {
        "id": one.get("id"),
        "project_id": project,
        "field": field,
        "value": value,
        "base_version": one.get("base"),
        "counter": one.get("counter"),
        "client_time": one.get("at") or "",
    }


def _conflict(one: dict[str, Any], project: str) -> dict[str, Any]:
    extra = one.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    return {"project_id": project, "kind": extra.get("kind"), "note": extra.get("note") or ""}
