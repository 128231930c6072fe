"""Step 1 of nine for a workshop's host: JSON under /api/host. Next: use_cases/restitution.py."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from dataclasses import replace
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields, validate

from services.registration import device_api
from services.registration.device_api import BUSY, FENCED, SECURED, Body, ResultsOut
from services.registration.models.events import Workshop
from services.registration.models.restitution import RestitutionPart
from services.registration.queries import restitution as queries
from services.registration.rules.choices import ACTOR_LABELS
from services.registration.rules.restitution import LARGEST_BATCH, LONGEST, PARTS
from services.registration.use_cases import restitution as use_cases
from shared import clock
from shared.web import db
from shared.web.limits import limited
from shared.web.words import _

blueprint = device_api.blueprint("host", "/api/host", "Qui anime un atelier et en rend compte, avec ou sans réseau.")


class HostWorkshopOut(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    host = fields.String(required=True)
    room = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    event = fields.String(required=True)


class HostPartOut(ma.Schema):
    part = fields.String(required=True, validate=validate.OneOf(list(PARTS)))
    value = fields.String(required=True)
    version = fields.Integer(required=True)


class HostAnswerOut(ma.Schema):
    question = fields.String(required=True)
    said = fields.String(required=True)


class HostPersonOut(ma.Schema):
    name = fields.String(required=True)
    structure = fields.String(required=True)
    type = fields.String(required=True)
    answers = fields.List(fields.Nested(HostAnswerOut), required=True)


class HostPackOut(ma.Schema):
    workshop = fields.Nested(HostWorkshopOut, required=True)
    parts = fields.List(fields.Nested(HostPartOut), required=True)
    people = fields.List(fields.Nested(HostPersonOut), required=True)


class HostOperation(Body):
    """One text of the account."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the device"})
    part = fields.String(required=True, validate=validate.OneOf(list(PARTS)))
    value = fields.String(required=True, validate=validate.Length(max=LONGEST))
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "for information only"})


@blueprint.get("/pack")
@limited(120, methods=["GET"])
@blueprint.doc(**SECURED)
@blueprint.response(200, HostPackOut)
@blueprint.alt_response(401, **FENCED)
@blueprint.alt_response(429, **BUSY)
def pack() -> dict[str, Any]:
    """The workshop, its three parts as they stand, and who has a seat in it with what they expect; no address."""
    with db().reading() as session:
        link = use_cases.authenticate(session, device_api.token())
        workshop = session.get_one(Workshop, link.workshop_id)
        parts = session.scalars(sa.select(RestitutionPart).where(RestitutionPart.workshop_id == workshop.id))
        people = queries.participants(session, workshop.id)
        about = {name: getattr(workshop, name) for name in "id title host room starts_at ends_at".split()}
        return {
            "workshop": about | {"event": workshop.slot.event.title},
            "parts": [{"part": one.part, "value": one.text, "version": one.version} for one in parts],
            "people": [
                {
                    "name": one.name,
                    "structure": one.structure,
                    "type": _(ACTOR_LABELS[one.actor_type]) if one.actor_type in ACTOR_LABELS else "",
                    "answers": [{"question": question, "said": said} for question, said in one.said],
                }
                for one in people
            ],
        }


@blueprint.post("/operations")
@blueprint.doc(**SECURED)
@blueprint.arguments(device_api.batch("HostOperation", LARGEST_BATCH))
@blueprint.response(200, ResultsOut)
@blueprint.alt_response(401, **FENCED)
def operations(sent: dict[str, Any]) -> dict[str, Any]:
    """Write texts, each on its own. One result per operation, in the order sent; a replay gets the same one."""
    with db().transaction() as session:
        written = use_cases.write(session, device_api.token(), sent["operations"], clock.now())
        return {"results": [replace(one, reason=device_api.said(one.reason)) for one in written]}
