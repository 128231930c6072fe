"""Step 1 of nine: the agenda for other sites and calendars. Next, for what it shows: queries/public.py.

Calendars and readers come every hour from thousands of places: each answer may be kept for ten minutes, and says
with an ETag that nothing changed.
"""

from __future__ import annotations

from email.utils import format_datetime

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from services.registration.models.events import Event
from services.registration.queries import public as queries
from shared import calendar, clock
from shared.web import db, settings
from shared.web.security import content_security_policy
from shared.web.words import _

blueprint = Blueprint("feeds", __name__, url_prefix="/agenda")

_KEPT = "public, max-age=600"


@blueprint.get("/")
def page() -> str:
    """The addresses to subscribe to, and the lines to paste into another site."""
    return render_template("public/agenda.html", events=_coming())


@blueprint.get("/agenda.ics")
def ics() -> ResponseReturnValue:
    """Every coming event, as one calendar to subscribe to."""
    slots = [
        calendar.Slot(
            uid=f"event-{event.id}@agora",
            sequence=event.revision,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            summary=event.title,
            location=event.where[:300],
            description=_described(event),
            url=f"{settings().public_url}/e/{event.slug}",
            cancelled=event.state == "called_off",
        )
        for event in _coming()
    ]
    return _kept(calendar.ics(slots), "text/calendar; charset=utf-8")


@blueprint.get("/agenda.rss")
def rss() -> ResponseReturnValue:
    """RSS 2.0: one item per coming event; its guid is its address."""
    body = render_template("public/agenda.xml", events=_coming(), stamp=format_datetime)
    return _kept(body.encode(), "application/rss+xml; charset=utf-8")


@blueprint.get("/cadre")
def embedded() -> ResponseReturnValue:
    """The agenda as a frame inside any other site: no cookie, no script, links that open outside."""
    answer = make_response(render_template("public/agenda_frame.html", events=_coming()))
    policy = content_security_policy(settings()).replace("frame-ancestors 'none'", "frame-ancestors *")
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = _KEPT
    return answer


def _described(event: Event) -> str:
    """One entry for an event that several organise, with all their names."""
    names = _("Organisé par %(names)s.", names=event.organised_by) if event.organisers else ""
    return " ".join(part for part in (event.summary, names) if part)


def _coming() -> list[Event]:
    with db().reading() as session:
        return queries.coming(session, clock.now())


def _kept(body: bytes, kind: str) -> ResponseReturnValue:
    answer = Response(body, content_type=kind)
    answer.headers["Cache-Control"] = _KEPT
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.add_etag()
    return answer.make_conditional(request)
