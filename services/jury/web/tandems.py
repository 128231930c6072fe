"""Step 1 of a tandem: a half calls the other in and agrees; the staff sees who is alone and pairs two of them.

Next: use_cases/tandems.py.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import deadlines, tandems
from services.jury.queries.tandems import tandem_drafts
from services.jury.use_cases import tandems as halves
from services.jury.web import application_pages as pages
from services.jury.web.staff import READERS, WRITERS, act, call_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import arrived, db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("tandems", __name__)
staff = Blueprint("pairing_halves", __name__, url_prefix="/equipe/appels/<uuid:call_id>/tandems")


class HalfForm(Schema):
    """Who writes for the other half."""

    first_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    last_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    email = fields.Email(required=True, validate=validate.Length(max=254))


class AgreeForm(Schema):
    """The version of the draft that the page showed."""

    version = fields.Integer(required=True, validate=validate.Range(min=1, max=1_000_000))


class PairForm(Schema):
    """The drafts of two halves that are alone."""

    association = fields.UUID(required=True)
    school = fields.UUID(required=True)


@blueprint.get("/dossiers/<token>/moitie")
def ask_half(token: str) -> str:
    return _ask_half(token, Loaded())


def _ask_half(token: str, form: Loaded) -> str:
    with db().reading() as session:
        return pages.ask_half(session, token, form)


@blueprint.post("/dossiers/<token>/moitie")
@limited(10, "minute")
def invite_half(token: str) -> ResponseReturnValue:
    form = load(HalfForm(), request.form)
    if form.data is not None and not form.data["email"].isascii():
        form.refuse("email", _("Cette adresse électronique n’est pas complète : nom@domaine.fr."))
    if form.data is None:
        return _ask_half(token, form), 422
    try:
        with db().transaction() as session:
            halves.invite_half(session, token, form.data, site=settings().public_url, now=arrived())
    except RuleError as refusal:
        form.refuse("", told(refusal))
        return _ask_half(token, form), 422
    flash(_("L’invitation est envoyée : %(email)s reçoit son propre lien.", email=form.data["email"]), "done")
    return redirect(url_for("applications.show", token=token), 303)


@blueprint.post("/dossiers/<token>/accord")
@limited(10, "minute")
def agree(token: str) -> ResponseReturnValue:
    form = load(AgreeForm(), request.form)
    version = form.data["version"] if form.data is not None else 0
    try:
        with db().transaction() as session:
            halves.agree(session, token, version, now=arrived())
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(_("Votre accord est noté pour le dossier tel qu’il est. Un changement en demandera un autre."), "done")
    return redirect(url_for("applications.check", token=token), 303)


@staff.get("")
@requires(*READERS)
def page(call_id: uuid.UUID) -> str:
    return _page(call_id, Loaded())


def _page(call_id: uuid.UUID, form: Loaded) -> str:
    """Who is alone, and who writes with whom."""
    with db().reading() as session:
        context = call_context(session, call_id)
        if not tandems.is_one(context["call"].rulebook):
            raise NotFound("no-tandem", "Cet appel ne réunit pas deux moitiés.")
        drafts = tandem_drafts(session, call_id)
    alone = {half: [one for one in drafts if one.lacks == tandems.other(half)] for half in tandems.HALVES}
    return render_template(
        "jury/tandems.html",
        **context,
        form=form,
        alone=alone,
        both=[one for one in drafts if one.lacks is None],
        open=deadlines.is_open(clock.now(), context["call"].closes_at),
    )


@staff.post("")
@requires(*WRITERS)
def pair(call_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PairForm(), request.form)
    if form.data is None:
        return _page(call_id, form), 422
    chosen = form.data["association"], form.data["school"]

    def work(session: Session) -> None:
        halves.pair(session, call_id, *chosen, site=settings().public_url, who=who(), now=clock.now())

    return act(
        work,
        url_for(".page", call_id=call_id),
        done=_("Les deux moitiés sont réunies ; chacune en est prévenue par courriel."),
        typed=(form, lambda form: _page(call_id, form)),
    )
