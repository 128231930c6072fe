"""A mail shown in a page: in a sandboxed frame, with the styles a mail needs and nothing that runs."""

from __future__ import annotations

from flask import Response

from services.mailer.echo import HOLES

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"


def framed(html: str, *, images: bool = True) -> Response:
    """The HTML of a mail, its holes leading nowhere, for an iframe of ours; or as without images."""
    for hole in HOLES:
        html = html.replace("{{" + hole + "}}", "#")
    response = Response(html, mimetype="text/html")
    allowed = _POLICY if images else _POLICY.replace("'self' data:", "'none'")
    response.headers["Content-Security-Policy"] = allowed
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
