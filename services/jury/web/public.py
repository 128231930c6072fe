"""Step 1 for anyone: what a call is, and how its jury scores. Nothing about projects or jurors."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, url_for
from werkzeug import Response

from services.jury import queries
from services.jury.use_cases.calls import find_call
from shared.errors import NotFound
from shared.web import db

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def home() -> Response:
    return redirect(url_for("calls.index"))


@blueprint.get("/appels/<uuid:call_id>")
def call(call_id: uuid.UUID) -> str:
    with db().reading() as session:
        found = find_call(session, call_id)
        if found.state == "draft":
            raise NotFound("unknown-call", "Cet appel n’existe pas, ou n’existe plus.")
        return render_template(
            "jury/public_call.html",
            call=found,
            organisation=found.organiser_name,
            criteria=queries.criteria_of(session, call_id),
        )
