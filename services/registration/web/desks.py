"""Step 1 of nine for the staff: the devices at the door, how the door stands. Next: use_cases/desk.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import desk as queries
from services.registration.use_cases import desk as use_cases
from services.registration.web.events import find, who
from shared import clock
from shared.identity import requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("desks", __name__, url_prefix="/equipe/evenements/<slug>/accueil")


@blueprint.get("")
@requires("staff", "desk", "auditor")
def index(slug: str) -> str:
    """Who is in the building, which devices are paired, who was admitted twice."""
    with db().reading() as session:
        event = find(session, slug)
        present, beyond = queries.count(session, event.id)
        return render_template(
            "events/desks.html",
            event=event,
            present=present,
            beyond=beyond,
            desks=queries.desks(session, event.id),
            doubles=queries.doubles(session, event.id),
        )


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


@blueprint.post("/<uuid:desk_id>/retirer")
@requires("staff", "desk")
def revoke(slug: str, desk_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        desk = use_cases.revoke(session, find(session, slug).id, desk_id, clock.now(), who=who())
        number = desk.number
    flash(_("Le poste %(number)s est retiré : il ne lit et n’envoie plus rien.", number=number), "done")
    return redirect(url_for(".index", slug=slug), 303)
