"""Step 1 of nine: the network's home page. Next, for what it shows: services/registration/queries/public.py."""

from __future__ import annotations

from flask import Blueprint, render_template

from services.registration.queries import public as queries
from services.registration.queries.places import places
from shared import clock
from shared.web import db

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> str:
    """Next events, open calls, the last issues of L'Écho."""
    now = clock.now()
    with db().reading() as session:
        events = queries.coming(session, now)
        shown = [(event, places(session, event.id)) for event in events]
        told = queries.tidings(session, now)
        return render_template("public/home.html", events=shown, tidings=told, now=now)
