"""Step 1 for anyone: what a call is, and how its jury scores. Nothing about projects or jurors."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.jury import deadlines, queries
from services.jury.use_cases.calls import find_call
from services.jury.web.staff import MONEY_READERS
from shared import clock
from shared.errors import NotFound
from shared.identity import current_staff
from shared.web import db

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The calls that anyone may answer or read about. Who works here is led to their own page."""
    staff = current_staff()
    if staff is not None and staff.has(*MONEY_READERS):
        return redirect(url_for("calls.index"))
    with db().reading() as session:
        told = queries.public_calls(session)
        now = clock.now()
        done = queries.published_calls(session)
        waits = [
            one for one in told if one.state == "open" and one.id not in done and deadlines.is_open(now, one.closes_at)
        ]
        return render_template("jury/public_calls.html", waits=waits, over=[one for one in told if one not in waits])


@blueprint.get("/appels/<uuid:call_id>")
def call(call_id: uuid.UUID) -> str:
    with db().reading() as session:
        found = find_call(session, call_id)
        if found.state == "draft":
            raise NotFound("unknown-call", "Cet appel n’existe pas, ou n’existe plus.")
        criteria = queries.criteria_of(session, call_id)
        return render_template(
            "jury/public_call.html",
            call=found,
            organisation=found.organiser_name,
            criteria=criteria,
            levels=sorted({one.max_level for one in criteria}),
            open=found.state == "open" and deadlines.is_open(clock.now(), found.closes_at),
        )
