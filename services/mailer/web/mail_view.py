"""A mail shown in a page: in a sandboxed frame, with the styles a mail needs and nothing that runs."""

from __future__ import annotations

from flask import Response

from services.mailer.echo import HOLES

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"


def framed(html: str) -> Response:
    """The HTML of a mail, its holes leading nowhere, for an iframe of ours."""
    for hole in HOLES:
        html = html.replace("{{" + hole + "}}", "#")
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
