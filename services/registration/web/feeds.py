"""Step 1 of nine: the agenda for other sites and calendars. Next, for what it shows: queries/public.py.

Calendars and readers come every hour from thousands of places: each answer may be kept for ten minutes, and says
with an ETag that nothing changed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.http import generate_etag

from services.registration import agenda
from services.registration.models.events import Event
from services.registration.queries import public as queries
from services.registration.rules import agenda as rules
from services.registration.rules.choices import DEPARTMENTS
from services.registration.rules.english import told
from services.registration.rules.people import fold
from services.registration.web.departments import region
from shared import audit, calendar, clock
from shared.departements import REGIONS
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.security import frame_for
from shared.web.words import _

blueprint = Blueprint("feeds", __name__, url_prefix="/agenda")

_KEPT = "public, max-age=600"
_WRITTEN = re.compile(rb"DTSTAMP:[^\r\n]*")
"""When a calendar was written, which changes nothing of what it says."""


@blueprint.get("/")
def page() -> str:
    """Coming meetings, by département and by tag; the addresses to subscribe to the same choice elsewhere."""
    wanted = _wanted()
    with db().reading() as session:
        everything = queries.coming(session, clock.now(), most=queries.LOOKED_AT)
    shown = [event for event in everything if wanted.takes(event.departments, event.tags)][: queries.SHOWN]
    of_subject = rules.Wanted(tag=wanted.tag)  # a tile leads to the meetings of this subject, and counts those
    places = Counter(code for event in everything if of_subject.takes((), event.tags) for code in event.departments)
    # What was asked for stays chosen when its last meeting is over.
    met = {code for event in everything for code in event.departments}
    known = met | {*REGIONS[region()], wanted.department} - {""}
    named = {fold(one): one for event in everything for one in event.tags}
    if wanted.tag:
        named[fold(wanted.tag)] = wanted.tag  # it stays chosen as it was written
    return render_template(
        "public/agenda.html",
        events=shown,
        wanted=wanted,
        chosen=_chosen(wanted),
        map=rules.MAPS.get(region(), []),
        places=places,
        departments={code: _(DEPARTMENTS.get(code, code)) for code in sorted(known)},
        tags=[(one, one) for one in sorted(named.values(), key=fold)],
        programs=_for_programs(wanted),
    )


@blueprint.get("/agenda.ics")
def ics() -> ResponseReturnValue:
    """Every coming event, as one calendar to subscribe to."""
    body = calendar.ics([slot(event) for event in _coming()], name=_("Agenda du réseau"))
    return _kept(body, "text/calendar; charset=utf-8")


def slot(event: Event) -> calendar.Slot:
    """An event as an entry of somebody's calendar, the same here and on its own page."""
    return calendar.Slot(
        uid=agenda.event_uid(event),
        sequence=event.revision,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        summary=told(event, "title", _language()),
        location=event.where[:300],
        description=_described(event),
        url=f"{settings().public_url}/e/{event.slug}",
        cancelled=event.state == "called_off",
    )


@blueprint.get("/rencontre/<slug>.ics")
def one(slug: str) -> ResponseReturnValue:
    """One event for a calendar, before anybody registers: the entry of the whole agenda, which says what becomes of it
    then, as nobody knows who downloaded it."""
    with db().reading() as session:
        event = queries.event_page(session, slug, programme=False)
        if event is None:
            raise NotFound("event-unknown", _("Cet évènement n’existe pas, ou n’est pas encore publié."))
        entry = slot(event)
        then = _("Inscrit·e ? Votre confirmation a sa propre entrée : effacez celle-ci.")
        body = calendar.ics([replace(entry, description=f"{entry.description} {then}".strip())])
    answer = _kept(body, "text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return answer


@blueprint.get("/agenda.rss")
def rss() -> ResponseReturnValue:
    """RSS 2.0: one item per coming event; its guid is its address, its date the day it was announced."""
    events = _coming()
    with db().reading() as session:
        announced = audit.first(session, "event", "published", [event.id for event in events])
    body = render_template(
        "public/agenda.xml",
        events=events,
        announced=announced,
        chosen=_chosen(_wanted()),
        stamp=format_datetime,
        language=_language(),
    )
    return _kept(body.encode(), "application/rss+xml; charset=utf-8")


@blueprint.get("/cadre")
def embedded() -> ResponseReturnValue:
    """The agenda as a frame inside any other site: no cookie, no script, links that open outside."""
    answer = make_response(render_template("public/agenda_frame.html", events=_coming(), chosen=_chosen(_wanted())))
    return _shared(frame_for(answer, "*"))


def _language() -> str:
    return str(get_locale() or "fr")


def _described(event: Event) -> str:
    """One entry for an event that several organise, with all their names."""
    names = _("Organisé par %(names)s.", names=event.organised_by) if event.organisers else ""
    return " ".join(part for part in (told(event, "summary", _language()), names) if part)


def _wanted() -> rules.Wanted:
    """What the address asks for: every feed takes the same two values."""
    given = (request.args.get(name, "")[: rules.LONGEST_TAG] for name in ("departement", "etiquette"))
    return rules.Wanted(*(value.replace("\0", "").strip() for value in given))


def _chosen(wanted: rules.Wanted) -> dict[str, str]:
    """The same as values for an address."""
    values = {"departement": wanted.department, "etiquette": wanted.tag}
    return {name: value for name, value in values.items() if value}


def _for_programs(wanted: rules.Wanted) -> str:
    """The address of the JSON list of the same choice."""
    asked = {"department": wanted.department, "tag": wanted.tag}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{settings().public_url}/api/events" + (f"?{query}" if query else "")


def _coming() -> list[Event]:
    with db().reading() as session:
        return queries.coming(session, clock.now(), _wanted())


def _kept(body: bytes, kind: str) -> Response:
    answer = _shared(Response(body, content_type=kind))
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.set_etag(generate_etag(_WRITTEN.sub(b"", body)))
    answer.make_conditional(request)
    return answer


def _shared(answer: Response) -> Response:
    """Other sites may hold it, and whatever stands between keeps one for each language."""
    answer.headers["Cache-Control"] = _KEPT
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.vary.update(("Accept-Language", "Cookie"))
    return answer
