"""A mail shown in a page: in a sandboxed frame, with the styles a mail needs and nothing that runs."""

from __future__ import annotations

import uuid

from flask import Response, request
from flask_babel import gettext as _
from markupsafe import escape

from services.mailer.echo import HOLES
from services.mailer.unmade import Unmade
from shared.errors import NotFound
from shared.identity import current_staff

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"


def reader() -> uuid.UUID | None:
    """The contact in the address bar, as whom a mail is shown. Only for those who may write to contacts."""
    try:
        contact_id = uuid.UUID(request.args.get("contact", ""))
    except ValueError:
        return None
    staff = current_staff()
    if staff is None or not staff.roles & {"editor", "staff"}:
        raise NotFound("contact", _("Ce contact n’existe pas, ou plus."))
    return contact_id


def spoken() -> str:
    """The language that was asked for, in whose frame a mail is shown."""
    return "en" if request.values.get("langue") == "en" else "fr"


def not_made(refusal: Unmade) -> Response:
    """Why a mail cannot be shown, in the frame where it would be."""
    response = framed(f'<p style="font-family: sans-serif; padding: 1rem">{escape(refusal.message)}</p>')
    response.status_code = refusal.status
    return response


def source_of(raw: bytes | None) -> Response:
    """The body of a mail as the relay would get it, octet for octet. Raises NotFound when there is none."""
    if raw is None:
        raise NotFound("contact", _("Ce contact n’existe pas, ou plus."))
    return Response(raw, mimetype="text/plain", headers={"Content-Security-Policy": "sandbox"})


def as_read(text: str) -> str:
    """The plain part, its personal links leading nowhere."""
    for hole in HOLES:
        text = text.replace("{{" + hole + "}}", "https://…")
    return text


def framed(html: str, *, images: bool = True) -> Response:
    """The HTML of a mail, its holes leading nowhere, for an iframe of ours; or as without images."""
    for hole in HOLES:
        html = html.replace("{{" + hole + "}}", "#")
    response = Response(html, mimetype="text/html")
    allowed = _POLICY if images else _POLICY.replace("'self' data:", "'none'")
    response.headers["Content-Security-Policy"] = allowed
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
