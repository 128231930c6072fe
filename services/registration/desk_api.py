"""Step 1 of nine for a desk: JSON under /api/desk, a bearer token instead of a session. Next: use_cases/desk.py."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from dataclasses import replace
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration import device_api
from services.registration.device_api import BUSY, FENCED, SECURED, Body, ResultsOut
from services.registration.models.events import Event
from services.registration.queries import desk as queries
from services.registration.queries import workshop_attendance as workshops
from services.registration.rules import days as days_of
from services.registration.rules.desk import LARGEST_BATCH
from services.registration.rules.workshop_attendance import LARGEST_BATCH as LARGEST_BATCH_OF_TAPS
from services.registration.use_cases import desk as use_cases
from services.registration.use_cases import workshop_attendance as taps
from shared import clock
from shared.web import db, settings
from shared.web.api import PROBLEM
from shared.web.limits import limited

blueprint = device_api.blueprint("desk", "/api/desk", "Un poste d’accueil, avec ou sans réseau.")


class CodeIn(Body):
    code = fields.String(required=True, validate=validate.Length(min=1, max=64))


class EventName(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)


class PairedOut(ma.Schema):
    token = fields.String(required=True)
    desk = fields.Integer(required=True)
    event = fields.Nested(EventName, required=True)


class AttendedOut(ma.Schema):
    """What is written of somebody on one day of the event; a day without any is left out."""

    day = fields.Date(required=True)
    present = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class DeskSightOut(ma.Schema):
    """What is written of somebody in one slot. `workshop`: where they were seen last; none: nowhere, after all."""

    slot = fields.UUID(required=True)
    workshop = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)


class DeskPersonOut(ma.Schema):
    """As little of a person as the door needs. `access`: somebody asked for help, not which."""

    id = fields.UUID(required=True)
    ticket = fields.String(required=True, metadata={"description": "What the QR code of the badge says."})
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    structure = fields.String(required=True)
    meal = fields.Boolean(required=True)
    room = fields.String(required=True)
    access = fields.Boolean(required=True)
    waiting = fields.Boolean(required=True)
    present = fields.Boolean(required=True, metadata={"description": "Today, for a page that knows of no days."})
    version = fields.Integer(required=True)
    days = fields.List(fields.Nested(AttendedOut), required=True)
    announced = fields.List(fields.String(), required=True, metadata={"description": "Days named in the form."})
    workshops = fields.List(fields.UUID(), required=True, metadata={"description": "In which they have a seat."})
    seen = fields.List(fields.Nested(DeskSightOut), required=True)


class TakenBackOut(ma.Schema):
    """Somebody registered at the door whom a desk took back: no name, only what is written of their days."""

    id = fields.UUID(required=True)
    present = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    days = fields.List(fields.Nested(AttendedOut), required=True)


class DoubleOut(ma.Schema):
    """Somebody whom two desks admitted."""

    id = fields.UUID(required=True)
    registration_id = fields.UUID(required=True)
    name = fields.String(required=True)
    desk = fields.Integer(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    first_desk = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)


class DeskWorkshopOut(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    room = fields.String(required=True)
    capacity = fields.Integer(required=True)


class DeskSlotOut(ma.Schema):
    """At whose doors a desk may stand, from the day of `starts_at` on."""

    id = fields.UUID(required=True)
    label = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    workshops = fields.List(fields.Nested(DeskWorkshopOut), required=True)


class DeskPackOut(ma.Schema):
    desk = fields.Integer(required=True)
    now = fields.AwareDateTime(required=True, metadata={"description": "By our clock: which day people come on."})
    days = fields.List(fields.Date(), required=True, metadata={"description": "Of the event."})
    slots = fields.List(fields.Nested(DeskSlotOut), required=True)
    people = fields.List(fields.Nested(DeskPersonOut), required=True)
    taken_back = fields.List(fields.Nested(TakenBackOut), required=True)
    doubles = fields.List(fields.Nested(DoubleOut), required=True)


class WalkInShape(Body):
    first_name = fields.String(validate=validate.Length(max=120))
    last_name = fields.String(required=True, validate=validate.Length(max=120))
    structure = fields.String(validate=validate.Length(max=200))


class DeskOperation(Body):
    """One tap at the door, or somebody who came without a registration."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the device"})
    registration_id = fields.UUID(required=True)
    value = fields.Integer(required=True, validate=validate.OneOf([0, 1]))
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "for information only"})
    day = fields.String(
        allow_none=True,
        metadata={"format": "date", "description": "Of the event; without it the day of `client_time`."},
    )
    walk_in = fields.Nested(WalkInShape, allow_none=True)


class DeskTap(Body):
    """Somebody is in a workshop at whose door the desk stands, or that was a mistake."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the device"})
    registration_id = fields.UUID(required=True)
    workshop_id = fields.UUID(required=True)
    value = fields.Integer(required=True, validate=validate.OneOf([0, 1]))
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "when it was tapped: of two workshops the later sight holds"})


@blueprint.post("/pair")
@limited(20)
@blueprint.arguments(CodeIn)
@blueprint.response(200, PairedOut)
@blueprint.alt_response(404, **PROBLEM, description="Unknown code")
@blueprint.alt_response(410, **PROBLEM, description="Used or expired code")
@blueprint.alt_response(429, **BUSY)
def pair(sent: dict[str, Any]) -> dict[str, Any]:
    """Swap a one-use code for a bearer token."""
    with db().transaction() as session:
        desk, token = use_cases.pair(session, sent["code"].encode("utf-8", "replace").decode(), clock.now())
        event = session.get_one(Event, desk.event_id)
        return {"token": token, "desk": desk.number, "event": {"id": event.id, "title": event.title}}


@blueprint.get("/pack")
@blueprint.doc(**SECURED)
@blueprint.response(200, DeskPackOut)
@blueprint.alt_response(401, **FENCED)
def pack() -> dict[str, Any]:
    """Everyone of the event, as little of them as the door needs, and who was admitted twice."""
    with db().transaction() as session:
        now = clock.now()
        desk = use_cases.look(session, device_api.token(), now)
        event = session.get_one(Event, desk.event_id)
        days = days_of.of(event.starts_at, event.ends_at)
        doubles = [
            one | {"reason": device_api.said(one["reason"], one["first_at"], desk=one["first_desk"])}
            for one in queries.doubles(session, desk.event_id, desk.id)
        ]
        slots = workshops.slots(session, event.id)
        seen: dict[str, list[workshops.Sight]] = {}
        for one in workshops.sights(session, [slot["id"] for slot in slots]):
            seen.setdefault(str(one.registration_id), []).append(one)
        return {
            "desk": desk.number,
            "now": now,
            "days": days,
            "slots": slots,
            "people": [
                one | {"seen": [_sight(each) for each in seen.get(one["id"], [])]}
                for one in queries.people(session, event, now)
            ],
            "taken_back": queries.taken_back(session, event, now),
            "doubles": doubles,
        }


@blueprint.post("/operations")
@blueprint.doc(**SECURED)
@blueprint.arguments(device_api.batch("DeskOperation", LARGEST_BATCH))
@blueprint.response(200, ResultsOut)
@blueprint.alt_response(401, **FENCED)
def operations(sent: dict[str, Any]) -> dict[str, Any]:
    """Write taps, each on its own. One result per operation, in the order sent; a replay gets the same one."""
    with db().transaction() as session:
        written = use_cases.write(
            session, device_api.token(), sent["operations"], clock.now(), site=settings().public_url
        )
        results = [
            replace(one, reason=device_api.said(one.reason, one.first_at, desk=one.first_desk)) for one in written
        ]
        return {"results": results}


@blueprint.post("/presence")
@blueprint.doc(**SECURED)
@blueprint.arguments(device_api.batch("DeskTap", LARGEST_BATCH_OF_TAPS))
@blueprint.response(200, ResultsOut)
@blueprint.alt_response(401, **FENCED)
def presence(sent: dict[str, Any]) -> dict[str, Any]:
    """Write who is in which workshop, each tap on its own. The value is the workshop of that slot in which they were
    seen last, "" for none. One result per operation, in the order sent; a replay gets the same one."""
    with db().transaction() as session:
        site = settings().public_url
        written = taps.write_at_desk(session, device_api.token(), sent["operations"], clock.now(), site=site)
        return {"results": [_answer(one) for one in written]}


def _answer(one: taps.Result) -> dict[str, Any]:
    return {
        "id": one.id,
        "outcome": one.outcome,
        "version": one.version,
        "value": None if one.outcome == "refused" else str(one.seen_in or ""),
        "reason": device_api.said(one.reason, one.other_at, workshop=one.title),
    }


def _sight(one: workshops.Sight) -> dict[str, Any]:
    return {"slot": one.slot_id, "workshop": one.workshop_id, "version": one.version}
