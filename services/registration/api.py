"""The public JSON API: coming events, one event, and how its seats stand. OpenAPI 3.1 by flask-smorest."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import Flask
from flask_smorest import Blueprint
from marshmallow import fields

from services.registration import desk_api, host_api, program_api
from services.registration.models.documents import EventDocument
from services.registration.models.events import Event
from services.registration.queries import documents
from services.registration.queries import public as queries
from services.registration.queries.places import Places, places
from services.registration.rules.agenda import LONGEST_TAG, Wanted
from services.registration.rules.choices import N_
from services.registration.rules.partners import CO_ORGANISER, ROLES
from shared import clock
from shared.errors import NotFound
from shared.web import api as web_api
from shared.web import db, settings
from shared.web.api import PROBLEM, Api

TITLE = "Agora – inscriptions"


class Seats(ma.Schema):
    """Counted without a lock: true when it was read."""

    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    free = fields.Integer(required=True, metadata={"description": "Left for everybody."})
    kept = fields.Integer(required=True, metadata={"description": "Left for some types of actor only, until a day."})
    waiting = fields.Integer(required=True)


def _english() -> fields.String:
    return fields.String(required=True, metadata={"description": "The same in English; empty where nobody wrote it."})


class DocumentOut(ma.Schema):
    title = fields.String(required=True)
    title_en = _english()
    name = fields.String(required=True, metadata={"description": "Of the file."})
    content_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    url = fields.Url(required=True, metadata={"description": "The same when the file is replaced."})
    workshop_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Of one workshop; null: of the event."}
    )


class WorkshopOut(ma.Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    title_en = _english()
    slot = fields.String(required=True)
    slot_en = _english()
    room = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    seats = fields.Nested(Seats, required=True)


class SiteOut(ma.Schema):
    name = fields.String(required=True)
    address = fields.String(required=True)
    access = fields.String(required=True, metadata={"description": "How to get there."})


class OrganiserOut(ma.Schema):
    name = fields.String(required=True)
    url = fields.String(required=True)


class PartnerOut(OrganiserOut):
    role = fields.String(required=True, validate=ma.validate.OneOf(list(ROLES)))


class EventOut(ma.Schema):
    id = fields.UUID(required=True)
    slug = fields.String(required=True)
    title = fields.String(required=True)
    title_en = _english()
    summary = fields.String(required=True)
    summary_en = _english()
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    place = fields.String(required=True)
    sites = fields.List(fields.Nested(SiteOut), required=True, metadata={"description": "The first is `place`."})
    departments = fields.List(fields.String(), required=True, metadata={"description": "Codes, by its postcodes."})
    tags = fields.List(fields.String(), required=True, metadata={"description": "Themes and territories, in words."})
    organisers = fields.List(fields.Nested(OrganiserOut), required=True)
    partners = fields.List(
        fields.Nested(PartnerOut), required=True, metadata={"description": "Everybody else who stands behind it."}
    )
    documents = fields.List(
        fields.Nested(DocumentOut), required=True, metadata={"description": "What everybody may load now."}
    )
    url = fields.Url(required=True)
    open = fields.Boolean(required=True, metadata={"description": "Whether registrations are taken now."})
    called_off = fields.Boolean(required=True, metadata={"description": "Announced, but it does not take place."})
    seats = fields.Nested(Seats, required=True)


class Filter(ma.Schema):
    """The same that the feeds and the frame take."""

    department = fields.String(
        load_default="", validate=ma.validate.Regexp(r"^[0-9AB]{0,3}$"), metadata={"description": "Its code, “31”."}
    )
    tag = fields.String(
        load_default="",
        validate=[ma.validate.Length(max=LONGEST_TAG), ma.validate.Regexp(r"^[^\x00]*$")],
        metadata={"description": "In any spelling."},
    )


class EventDetail(EventOut):
    description = fields.String(required=True)
    description_en = _english()
    workshops = fields.List(fields.Nested(WorkshopOut), required=True)


def _blueprint() -> Any:
    blueprint = Blueprint("api", __name__, url_prefix="/api", description="Ce que tout le monde peut lire.")

    @blueprint.get("/events")
    @blueprint.arguments(Filter, location="query", as_kwargs=True)
    @blueprint.response(200, EventOut(many=True))
    @blueprint.alt_response(422, **PROBLEM, description="A parameter that makes no sense")
    def list_events(department: str, tag: str) -> list[dict[str, Any]]:
        """Announced events that are not over, the next one first; also those called off. Twenty at most."""
        with db().reading() as session:
            found = queries.coming(session, clock.now(), Wanted(department, tag))
            shown = documents.shown(session, [event.id for event in found], clock.now())
            return [_event(event, places(session, event.id), shown[event.id]) for event in found]

    @blueprint.get("/events/<slug>")
    @blueprint.response(200, EventDetail)
    @blueprint.alt_response(404, **PROBLEM)
    def get_event(slug: str) -> dict[str, Any]:
        """One event with its workshops."""
        with db().reading() as session:
            event = _find(session, slug)
            left = places(session, event.id)
            workshops = [
                {
                    "id": workshop.id,
                    "title": workshop.title,
                    "title_en": workshop.title_en,
                    "slot": slot.label,
                    "slot_en": slot.label_en,
                    "room": workshop.room,
                    "starts_at": workshop.starts_at,
                    "ends_at": workshop.ends_at,
                    "seats": left.workshops[workshop.id],
                }
                for slot in event.slots
                for workshop in slot.workshops
            ]
            words = {"description": event.description, "description_en": event.description_en}
            shown = documents.shown(session, [event.id], clock.now())[event.id]
            return _event(event, left, shown) | words | {"workshops": workshops}

    @blueprint.get("/events/<slug>/seats")
    @blueprint.response(200, Seats)
    @blueprint.alt_response(404, **PROBLEM)
    def get_seats(slug: str) -> Any:
        """How the seats of one event stand."""
        with db().reading() as session:
            return places(session, _find(session, slug).id).event

    return blueprint


def _find(session: Any, slug: str) -> Event:
    event = queries.event_page(session, slug)
    if event is None:
        raise NotFound("event-unknown", N_("Cet évènement n’existe pas, ou n’est pas encore publié."))
    return event


def _event(event: Event, left: Places, shown: Sequence[EventDocument]) -> dict[str, Any]:
    now = clock.now()
    open_now = (
        event.state == "published"
        and (event.opens_at is None or event.opens_at <= now)
        and (event.closes_at is None or now < event.closes_at)
        and now < event.ends_at
    )
    return {
        "id": event.id,
        "slug": event.slug,
        "title": event.title,
        "title_en": event.title_en,
        "summary": event.summary,
        "summary_en": event.summary_en,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "place": event.where,
        "sites": [
            {"name": event.place, "address": event.address, "access": ""},
            *({"name": one.name, "address": one.address, "access": one.access} for one in event.sites),
        ],
        "departments": event.departments,
        "tags": event.tags,
        "organisers": [
            {"name": event.organiser_name, "url": ""},
            *({"name": one.name, "url": one.url} for one in event.organisers),
        ],
        "partners": [
            {"name": one.name, "url": one.url, "role": one.role} for one in event.partners if one.role != CO_ORGANISER
        ],
        "documents": [
            {
                "title": one.title,
                "title_en": one.title_en,
                "name": one.name,
                "content_type": one.content_type,
                "size": one.size,
                "url": f"{settings().public_url}/e/{event.slug}/documents/{one.id}",
                "workshop_id": one.workshop_id,
            }
            for one in shown
        ],
        "url": f"{settings().public_url}/e/{event.slug}",
        "open": open_now,
        "called_off": event.state == "called_off",
        "seats": left.event,
    }


def attach(app: Flask) -> Api:
    """Register the API with `app`, and its description at /api/openapi.json."""
    api = web_api.attach(app, TITLE, _blueprint(), program_api.blueprint, desk_api.blueprint, host_api.blueprint)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.components.schema("DeskOperation", schema=desk_api.DeskOperation)
    api.spec.components.schema("DeskTap", schema=desk_api.DeskTap)
    api.spec.components.schema("HostOperation", schema=host_api.HostOperation)
    api.spec.components.schema("HostTap", schema=host_api.HostTap)
    return api


def spec() -> dict[str, Any]:
    """The OpenAPI document, without a database or settings."""
    return web_api.describe(attach)
