"""Step 1 of nine for a workshop's host: JSON under /api/host. Next: use_cases/restitution.py."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask_babel import get_locale
from marshmallow import fields, validate

from services.registration import device_api
from services.registration.device_api import BUSY, FENCED, SECURED, Body, ResultsOut
from services.registration.models.events import Workshop
from services.registration.models.restitution import RestitutionPart
from services.registration.models.seats import Quota
from services.registration.queries import restitution as queries
from services.registration.queries import workshop_attendance as seen
from services.registration.rules import days
from services.registration.rules.choices import ACTOR_LABELS
from services.registration.rules.restitution import LARGEST_BATCH, LONGEST, PARTS
from services.registration.rules.workshop_attendance import LARGEST_BATCH as LARGEST_BATCH_OF_TAPS
from services.registration.use_cases import restitution as use_cases
from services.registration.use_cases import workshop_attendance as taps
from shared import clock
from shared.web import db, settings
from shared.web.i18n import time
from shared.web.limits import limited
from shared.web.words import _

blueprint = device_api.blueprint("host", "/api/host", "Qui anime un atelier et en rend compte, avec ou sans réseau.")

LENT = dt.timedelta(days=1)
"""Before the workshop's day and after the event: how long a host's phone is told who else is at the event."""


class HostWorkshopOut(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    host = fields.String(required=True)
    room = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    event = fields.String(required=True)
    capacity = fields.Integer(required=True)
    opens_at = fields.AwareDateTime(
        required=True, metadata={"description": "From when on the server takes who is there: the workshop’s day."}
    )


class HostPartOut(ma.Schema):
    part = fields.String(required=True, validate=validate.OneOf(list(PARTS)))
    value = fields.String(required=True)
    version = fields.Integer(required=True)


class HostAnswerOut(ma.Schema):
    question = fields.String(required=True)
    said = fields.String(required=True)


class HostOtherOut(ma.Schema):
    """Somebody of the event without a seat here. `access`: somebody asked for help, not which."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    structure = fields.String(required=True)
    access = fields.Boolean(required=True)


class HostPersonOut(HostOtherOut):
    """Who has a seat here."""

    type = fields.String(required=True)
    answers = fields.List(fields.Nested(HostAnswerOut), required=True)


class HostSightOut(ma.Schema):
    """What is written of somebody in this slot."""

    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    here = fields.Boolean(required=True)
    elsewhere = fields.String(
        required=True, metadata={"description": "The workshop in which they were seen last, when it is another one."}
    )
    at = fields.String(required=True, allow_none=True, metadata={"description": "When, as one reads it."})


class HostPackOut(ma.Schema):
    now = fields.AwareDateTime(required=True, metadata={"description": "By our clock: whether the day has come."})
    workshop = fields.Nested(HostWorkshopOut, required=True)
    parts = fields.List(fields.Nested(HostPartOut), required=True)
    people = fields.List(fields.Nested(HostPersonOut), required=True)
    others = fields.List(
        fields.Nested(HostOtherOut), required=True, metadata={"description": "None but around the workshop’s day."}
    )
    sights = fields.List(fields.Nested(HostSightOut), required=True)


class HostOperation(Body):
    """One text of the account."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the device"})
    part = fields.String(required=True, validate=validate.OneOf(list(PARTS)))
    value = fields.String(required=True, validate=validate.Length(max=LONGEST))
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "for information only"})


class HostTap(Body):
    """Somebody is in the workshop, or that was a mistake."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the device"})
    registration_id = fields.UUID(required=True)
    value = fields.Integer(required=True, validate=validate.OneOf([0, 1]))
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "when it was tapped: of two workshops the later sight holds"})


@blueprint.get("/pack")
@limited(120, methods=["GET"])
@blueprint.doc(**SECURED)
@blueprint.response(200, HostPackOut)
@blueprint.alt_response(401, **FENCED)
@blueprint.alt_response(429, **BUSY)
def pack() -> dict[str, Any]:
    """The workshop, its three parts as they stand, who has a seat in it with what they expect, who was seen; no
    address."""
    with db().reading() as session:
        link = use_cases.authenticate(session, device_api.token())
        workshop = session.get_one(Workshop, link.workshop_id)
        event = workshop.slot.event
        parts = session.scalars(sa.select(RestitutionPart).where(RestitutionPart.workshop_id == workshop.id))
        expected = queries.participants(session, workshop.id, str(get_locale() or "fr"))
        sights = seen.sights(session, [workshop.slot_id])
        opens_at = days.begins(days.day_of(workshop.starts_at))
        near = opens_at - LENT < clock.now() < event.ends_at + LENT
        everybody = seen.everybody(session, event.id) if near or sights else []
        known = {one.id: one for one in everybody}
        mine = {one.id for one in expected}
        told = {one.registration_id for one in sights}
        titles = {one.id: one.title for one in workshop.slot.workshops}
        about = {name: getattr(workshop, name) for name in "id title host room starts_at ends_at".split()}
        capacity = session.scalar(sa.select(Quota.capacity).where(Quota.workshop_id == workshop.id))
        return {
            "now": clock.now(),
            "workshop": about | {"event": event.title, "opens_at": opens_at, "capacity": capacity or 0},
            "parts": [{"part": one.part, "value": one.text, "version": one.version} for one in parts],
            "people": [
                {
                    "id": one.id,
                    "name": one.name,
                    "structure": one.structure,
                    "access": one.id in known and known[one.id].access,
                    "type": _(ACTOR_LABELS[one.actor_type]) if one.actor_type in ACTOR_LABELS else "",
                    "answers": [{"question": question, "said": said} for question, said in one.said],
                }
                for one in expected
            ],
            "others": [one for one in everybody if one.id not in mine and (near or one.id in told)],
            "sights": [
                {
                    "id": one.registration_id,
                    "version": one.version,
                    "here": one.workshop_id == workshop.id,
                    "elsewhere": titles[one.workshop_id] if one.workshop_id not in (None, workshop.id) else "",
                    "at": time(one.at) if one.at else None,
                }
                for one in sights
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


@blueprint.post("/presence")
@blueprint.doc(**SECURED)
@blueprint.arguments(device_api.batch("HostTap", LARGEST_BATCH_OF_TAPS))
@blueprint.response(200, ResultsOut)
@blueprint.alt_response(401, **FENCED)
def presence(sent: dict[str, Any]) -> dict[str, Any]:
    """Write who is there, each tap on its own. One result per operation, in the order sent; a replay gets the same."""
    with db().transaction() as session:
        site = settings().public_url
        written = taps.write_as_host(session, device_api.token(), sent["operations"], clock.now(), site=site)
        return {"results": [_answer(one) for one in written]}


def _answer(one: taps.Result) -> dict[str, Any]:
    return {
        "id": one.id,
        "outcome": one.outcome,
        "version": one.version,
        "value": None if one.outcome == "refused" else int(one.seen_in == one.workshop_id),
        "reason": device_api.said(one.reason, one.other_at, workshop=one.title),
    }
