"""Step 1 of nine for the staff: a mark on one registration. Next: use_cases/marking.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.use_cases import marking as use_cases
from services.registration.web import people
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, plain
from shared.web.words import _

blueprint = Blueprint("marking", __name__, url_prefix="/equipe/inscriptions/<uuid:registration_id>/marques")


@blueprint.post("")
@requires("staff")
def put(registration_id: uuid.UUID) -> ResponseReturnValue:
    typed = Loaded(raw={"mark": plain(request.form.get("mark", ""))[:200]})
    try:
        with db().transaction() as session:
            use_cases.put(session, registration_id, typed.raw["mark"], clock.now(), who=who())
    except RuleError as error:
        typed.refuse("mark", _(error.message))
        return people.page(registration_id, marking=typed), error.status
    return redirect(url_for("people.show", registration_id=registration_id, _anchor="marques"), 303)


@blueprint.post("/retirer")
@requires("staff")
def take(registration_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.take(
            session, registration_id, request.form.get("mark", "").replace("\x00", ""), clock.now(), who=who()
        )
    return redirect(url_for("people.show", registration_id=registration_id, _anchor="marques"), 303)
