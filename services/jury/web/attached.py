"""A file that somebody sends: read within bounds, judged by its bytes, scanned, then kept. Next: papers.py."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Response, request, send_file

from services.jury import object_store, papers
from services.jury.use_cases import paper_bytes
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import db, settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """A file that is kept: what a row about it says."""

    name: str
    media_type: str
    size: int
    sha256: str


def chosen(prefix: str) -> list[str]:
    """What follows the prefix in the names of the fields in which a file was chosen."""
    names = [name for name, one in request.files.items() if one.filename]
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def take(field: str = "file") -> Taken:
    """A file of this request. Raises papers.Refused; nothing is kept then."""
    chosen: Any = settings()
    sent = request.files.get(field)
    data = sent.stream.read(papers.LIMIT_BYTES + 1) if sent else b""
    media_type = papers.media_type(data)
    try:
        papers.scan(data, chosen.scan_command, chosen.scan_seconds)
    except papers.Refused as refusal:
        log.warning("paper refused", reason=str(refusal), size=len(data))
        raise
    name = papers.shown_name(sent.filename or "" if sent else "")
    try:
        return Taken(name, media_type, len(data), _keep(data))
    except object_store.StoreDown as down:
        log.error("papers cannot be kept", error=str(down))
        raise papers.Refused("Ce fichier n’a pas pu être gardé : réessayez dans quelques minutes.") from down


def _keep(data: bytes) -> str:
    return paper_bytes.keep(db(), _store(), data, now=clock.now())


def _store() -> papers.Store:
    chosen: Any = settings()
    return paper_bytes.store_of(chosen)


def give(paper: Any) -> Response:
    """A paper as a download: never shown inside our pages, and only if its bytes are still those that came."""
    try:
        data = _store().read(paper.sha256)
    except object_store.StoreDown as down:
        log.error("papers cannot be read", error=str(down))
        raise RuleError(
            "store-down", "Les pièces ne sont pas lisibles : réessayez dans un moment.", status=503
        ) from down
    if data is None or hashlib.sha256(data).hexdigest() != paper.sha256:
        raise NotFound("lost-paper", "Le fichier de cette pièce manque sur le serveur.")
    response = send_file(io.BytesIO(data), mimetype=paper.media_type, as_attachment=True, download_name=paper.file_name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
