"""Step 1 of nine for a device: what the JSON of the desk and of a workshop's host have in common. Next: desk_api.py.

Whatever is sent, the answer is a result or a problem+json with a sentence, never a 5xx; a device takes anything else
for a portal page.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import marshmallow as ma
from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import fields, validate

from shared.web.api import PROBLEM, protect
from shared.web.i18n import time
from shared.web.words import _

SECURED: dict[str, Any] = {"security": [{"bearer": []}]}
FENCED: dict[str, Any] = PROBLEM | {"description": "No token, an unknown one, or one that was taken back"}
BUSY: dict[str, Any] = PROBLEM | {"description": "Too many requests from this address"}


class Body(ma.Schema):
    """Fields that are not known are passed over: an older page talks to a newer server."""

    class Meta:
        unknown = ma.EXCLUDE


class ResultOut(ma.Schema):
    """The answer to one operation. A replay is a `duplicate`, and says the same."""

    id = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["applied", "duplicate", "conflict", "refused"]))
    version = fields.Integer(required=True)
    value = fields.Raw(required=True, allow_none=True, metadata={"type": ["integer", "string", "null"]})
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "For the person, in their language."}
    )


class ResultsOut(ma.Schema):
    results = fields.List(fields.Nested(ResultOut), required=True)


def batch(shape: str, most: int) -> type[ma.Schema]:
    """A request of at most `most` operations. `shape` documents one; each is checked on its own, so that a bad one
    never stops the others."""
    operation = fields.Raw(allow_none=True, metadata={"$ref": f"#/components/schemas/{shape}"})
    listed = fields.List(operation, required=True, validate=validate.Length(max=most))
    return Body.from_dict({"operations": listed}, name=f"{shape}s")


def blueprint(name: str, prefix: str, description: str) -> Any:
    made = Blueprint(name, __name__, url_prefix=prefix, description=description)
    protect(made)
    made.after_request(_never_kept)
    return made


def said(reason: str | None, at: dt.datetime | None = None, **values: Any) -> str | None:
    """A reason in the reader's language, with the time and the names that it has room for."""
    return _(reason, **({"time": time(at)} | values if at else {})) if reason else reason


def token() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
