"""Step 1 of nine for the staff: the devices at the door, how the door stands. Next: use_cases/desk.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from services.registration.device_api import said
from services.registration.queries import desk as queries
from services.registration.rules import days as days_of
from services.registration.use_cases import desk as use_cases
from services.registration.web.events import find
from shared import clock
from shared.clock import PARIS
from shared.identity import requires, who
from shared.web import db
from shared.web.drawing import columns
from shared.web.i18n import time
from shared.web.words import _

blueprint = Blueprint("desks", __name__, url_prefix="/equipe/evenements/<slug>/accueil")


SILENT = dt.timedelta(minutes=3)
"""A desk asks for the list every minute or so; one that has not for so long is off, or without a network."""


@blueprint.get("")
@requires("staff", "desk", "auditor")
def index(slug: str) -> str:
    """Who is in the building, which devices are paired, who was admitted twice."""
    with db().reading() as session:
        return render_template("events/desks.html", **_door(session, slug))


@blueprint.get("/en-direct")
@requires("staff", "desk", "auditor")
def live(slug: str) -> Response:
    """The part of the page that changes, asked again while it is shown."""
    with db().reading() as session:
        response = make_response(render_template("events/_door.html", **_door(session, slug)))
    response.headers["Cache-Control"] = "no-store"
    return response


def _door(session: Session, slug: str) -> dict[str, Any]:
    event = find(session, slug)
    days = days_of.of(event.starts_at, event.ends_at)
    today = days_of.at(clock.now(), days)
    asked = request.args.get("jour")
    door = queries.door(session, event, _day(asked) or today)
    if door.day not in door.by_day:
        door = queries.door(session, event, today)
    doubles = queries.doubles(session, event.id, day=door.day)
    return {
        "event": event,
        "door": door,
        "asked_day": asked,
        "picture": _arrivals(door.arrivals),
        "desks": queries.desks(session, event.id),
        "silent_before": clock.now() - SILENT,
        "namesakes": queries.namesakes(session, event.id),
        "doubles": [one | {"reason": said(one["reason"], one["first_at"], desk=one["first_desk"])} for one in doubles],
    }


def _day(asked: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(asked or "")
    except ValueError:
        return None


def _arrivals(steps: list[tuple[dt.datetime, int]]) -> dict[str, Any] | None:
    """The columns and the sentence that says the same; None before two steps have something to show."""
    if len(steps) < 2:
        return None
    most, at = max((number, start) for start, number in steps)
    said = _(
        "De %(first)s à %(last)s ; au plus %(most)d en cinq minutes, à %(at)s.",
        first=time(steps[0][0]),
        last=time(steps[-1][0] + queries.STEP),
        most=most,
        at=time(at),
    )
    every = next(minutes for minutes in (15, 30, 60, 120, 240) if len(steps) * 5 / minutes <= 6 or minutes == 240)
    marks = [
        (place, time(start))
        for place, (start, _number) in enumerate(steps)
        if (start.astimezone(PARIS).hour * 60 + start.astimezone(PARIS).minute) % every == 0
    ]
    drawn: Markup = columns([number for _start, number in steps], said, marks=marks)
    return {"drawn": drawn, "said": said}


@blueprint.post("")
@requires("staff", "desk")
def create(slug: str) -> Response:
    """A code for one more device, shown once."""
    with db().transaction() as session:
        event = find(session, slug)
        desk, code = use_cases.open_desk(session, event.id, clock.now(), who=who())
        body = render_template("events/desk_code.html", event=event, desk=desk, code=code)
    response = make_response(body)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<uuid:desk_id>/retirer")
@requires("staff", "desk")
def ask_revoke(slug: str, desk_id: uuid.UUID) -> str:
    """What it does, before a volunteer at the door can admit nobody any more."""
    with db().reading() as session:
        event = find(session, slug)
        desk = use_cases.find(session, event.id, desk_id)
        return render_template("events/desk_revoke.html", event=event, desk=desk)


@blueprint.post("/<uuid:desk_id>/retirer")
@requires("staff", "desk")
def revoke(slug: str, desk_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        desk = use_cases.revoke(session, find(session, slug).id, desk_id, clock.now(), who=who())
        number = desk.number
    flash(_("Le poste %(number)s est retiré : il ne lit et n’envoie plus rien.", number=number), "done")
    return redirect(url_for(".index", slug=slug), 303)
