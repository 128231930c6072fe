"""Step 1 for the secretariat: until when and under which conditions a presentation may be proposed for a Tribune.

Next: use_cases/rulebooks.py. What its bearers fill is the form of every application: web/applications.py.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from services.jury import deadlines, presets
from services.jury.use_cases import rulebooks
from services.jury.web.staff import READERS, WRITERS, call_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("proposals", __name__, url_prefix="/equipe/appels/<uuid:call_id>/propositions")


class ProposalsForm(Schema):
    """The last day, inclusive, in Paris; and how long each project is on, at most."""

    closes_on = fields.Date(required=True)
    pitch_minutes = fields.Integer(required=True, validate=validate.Range(min=1, max=120))


@blueprint.get("")
@requires(*READERS)
def page(call_id: uuid.UUID) -> str:
    return _page(call_id, None)


def _page(call_id: uuid.UUID, form: Loaded | None) -> str:
    with db().reading() as session:
        context = call_context(session, call_id)
        call = context["call"]
        if call.kind != "tribune":
            raise NotFound("not-tribune", "Seule une Tribune reçoit des propositions de présentation.")
        rules = presets.of_region(presets.TRIBUNE_ASKS, settings().region) | call.rulebook
        held = {
            "closes_on": deadlines.day_of(call.closes_at).isoformat() if call.closes_at else "",
            "pitch_minutes": rules["pitch_minutes"],
        }
        return render_template("jury/proposals.html", **context, form=form or Loaded.of(held), rules=rules)


@blueprint.post("")
@requires(*WRITERS)
def keep(call_id: uuid.UUID) -> ResponseReturnValue:
    form = load(ProposalsForm(), request.form)
    if form.data is None:
        return _page(call_id, form), 422
    day, minutes = form.data["closes_on"], form.data["pitch_minutes"]
    try:
        with db().transaction() as session:
            rulebooks.take_proposals(
                session,
                call_id,
                day,
                minutes,
                site=settings().public_url,
                who=who(),
                now=clock.now(),
                region=settings().region,
            )
    except RuleError as refusal:
        form.refuse(refusal.field or "", told(refusal))
        return _page(call_id, form), 422
    flash(_("C’est enregistré. Le formulaire s’ouvre avec l’appel, et se ferme à la fin de ce jour."), "done")
    return redirect(url_for(".page", call_id=call_id), 303)
