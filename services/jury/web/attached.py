"""A file that somebody sends: read within bounds, judged by its bytes, scanned, then kept. Next: papers.py."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Response, request, send_file

from services.jury import papers
from shared.errors import NotFound
from shared.web import settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """A file that is kept: what a row about it says."""

    name: str
    media_type: str
    size: int
    sha256: str


def take() -> Taken:
    """The field "file" of this request. Raises papers.Refused; nothing is kept then."""
    chosen: Any = settings()
    sent = request.files.get("file")
    data = sent.stream.read(papers.LIMIT_BYTES + 1) if sent else b""
    media_type = papers.media_type(data)
    try:
        papers.scan(data, chosen.scan_command, chosen.scan_seconds)
    except papers.Refused as refusal:
        log.warning("paper refused", reason=str(refusal), size=len(data))
        raise
    name = papers.shown_name(sent.filename or "" if sent else "")
    return Taken(name, media_type, len(data), papers.store(chosen.attachments, data))


def give(paper: Any) -> Response:
    """A paper as a download: never shown inside our pages."""
    chosen: Any = settings()
    path = papers.path_of(chosen.attachments, paper.sha256)
    if not path.exists():
        raise NotFound("lost-paper", "Le fichier de cette pièce manque sur le serveur.")
    response = send_file(
        io.BytesIO(path.read_bytes()), mimetype=paper.media_type, as_attachment=True, download_name=paper.file_name
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
