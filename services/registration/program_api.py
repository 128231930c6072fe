"""The JSON API for partners' programs: who is registered, page by page. A bearer token with scopes, no session."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest import Blueprint
from marshmallow import fields, validate

from services.registration.queries import programs as queries
from services.registration.rules.choices import N_, STATUSES
from services.registration.use_cases import programs
from shared import clock
from shared.errors import NotFound
from shared.web import db
from shared.web.api import PROBLEM, protect
from shared.web.limits import limited

blueprint = Blueprint(
    "program_api", __name__, url_prefix="/api", description="Pour un programme muni d’un jeton, selon sa portée."
)
protect(blueprint, unreadable=N_("after est un identifiant, limit un nombre de 1 à 500, status un état connu."))


class PageIn(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    after = fields.UUID(load_default=None, metadata={"description": "`next` of the page before; none for the first."})
    limit = fields.Integer(load_default=100, strict=False, validate=validate.Range(min=1, max=500))
    status = fields.String(load_default="", validate=validate.OneOf(["", *STATUSES]))


class PersonOut(ma.Schema):
    """Only for a token that covers `people`."""

    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    email = fields.String(required=True)
    phone = fields.String(required=True)
    structure = fields.String(required=True)
    function = fields.String(required=True)


class RegistrationOut(ma.Schema):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(STATUSES)))
    passed_on = fields.Boolean(metadata={"description": "Cancelled because the seat went to somebody else."})
    actor_type = fields.String(required=True)
    department = fields.String(required=True)
    registered_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    workshops = fields.List(fields.UUID(), required=True, metadata={"description": "Where a seat is certain."})
    marks = fields.List(
        fields.String(), metadata={"description": "The team’s words. With `marks=true`, for a token that covers them."}
    )
    person = fields.Nested(PersonOut, metadata={"description": "With `people=true`, for a token that covers it."})


class RegistrationsOut(ma.Schema):
    items = fields.List(fields.Nested(RegistrationOut), required=True)
    next = fields.UUID(required=True, allow_none=True, metadata={"description": "`after` of the next page, if any."})


class WithPeople(PageIn):
    people = fields.Boolean(load_default=False)
    marks = fields.Boolean(load_default=False)


@blueprint.get("/events/<slug>/registrations")
@limited(600, "minute", methods=["GET"])
@blueprint.doc(security=[{"bearer": []}])
@blueprint.arguments(WithPeople, location="query")
@blueprint.response(200, RegistrationsOut)
@blueprint.alt_response(401, **PROBLEM, description="No token, or one that was taken back")
@blueprint.alt_response(403, **PROBLEM, description="A token that does not cover this")
@blueprint.alt_response(404, **PROBLEM, description="No such event")
@blueprint.alt_response(400, **PROBLEM, description="A request that cannot be read")
@blueprint.alt_response(422, **PROBLEM, description="A parameter that makes no sense")
@blueprint.alt_response(429, **PROBLEM, description="More than 600 requests in a minute")
def list_registrations(wanted: dict[str, Any], slug: str) -> dict[str, Any]:
    """Registrations of an event in the order of their ids, which is that of their making. Cancelled ones are there."""
    with db().transaction() as session:
        covered = [scope for scope in ("people", "marks") if wanted[scope]] or ["registrations"]
        for scope in covered:
            programs.authenticate(session, _token(), scope, clock.now())
    with db().reading() as session:
        event_id = queries.event_of(session, slug)
        if event_id is None:
            raise NotFound("event-unknown", N_("Cet évènement n’existe pas, ou n’est pas encore publié."))
        rows = queries.registrations(
            session, event_id, after=wanted["after"], status=wanted["status"], limit=wanted["limit"] + 1
        )
    items = [
        _item(row, seats, people=wanted["people"]) | ({"marks": marks} if wanted["marks"] else {})
        for row, seats, marks in rows[: wanted["limit"]]
    ]
    return {"items": items, "next": items[-1]["id"] if len(rows) > wanted["limit"] else None}


def _item(row: Any, seats: list[uuid.UUID], *, people: bool) -> dict[str, Any]:
    names = "id reference status actor_type department registered_at changed_at".split()
    item = {name: getattr(row, name) for name in names} | {"workshops": seats}
    item |= {"passed_on": True} if row.transferred_to else {}
    return item | {"person": row} if people else item


def _token() -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 128:
        raise programs.UnknownToken("unknown-token", N_("Il faut un jeton : Authorization: Bearer …"))
    return token
