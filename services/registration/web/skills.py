"""Step 1 of nine for the staff: skills that structures lend, and the projects they suit. Next: use_cases/skills.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from marshmallow import fields, validate

from services.registration.queries import skills as queries
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.question_library import LIBRARY
from services.registration.rules.skills import LONGEST_DAYS
from services.registration.use_cases import skills as use_cases
from services.registration.use_cases import structures
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import current_staff, requires, who
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("skills", __name__, url_prefix="/equipe/competences")

_DAYS = validate.Range(min=1, max=LONGEST_DAYS)


class OfferFields(ma.Schema):
    """What a structure lends."""

    skills = fields.String(required=True, validate=validate.Length(1, 300))
    days = fields.Integer(required=True, validate=_DAYS)
    goals = fields.List(fields.String(validate=validate.Length(max=2)), load_default=list)
    zones = fields.List(fields.String(validate=validate.Length(max=6)), load_default=list)
    until = fields.Date(load_default=None, allow_none=True)


class DaysFields(ma.Schema):
    """How many days."""

    days = fields.Integer(required=True, validate=validate.Range(min=0, max=LONGEST_DAYS))


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    return _index(None, None)


def _index(wrong: Loaded | None, typed_for: uuid.UUID | None) -> str:
    """wrong: days that were typed for this offer or match, and refused."""
    today = clock.now().astimezone(PARIS).date()
    first = today.replace(month=1, day=1)
    staff = current_staff()
    with db().reading() as session:
        return render_template(
            "structures/skills.html",
            board=queries.board(session, today),
            counted=queries.counted(session, first, first.replace(year=first.year + 1)),
            year=today.year,
            wrong=wrong,
            typed_for=typed_for,
            goals=_goals(),
            zones=_zones(),
            reasons={
                "words": _("les mêmes mots"),
                "goal": _("le même objectif"),
                "zone": _("là où elle peut aller"),
                "days": _("assez de jours"),
            },
            may_change=bool(staff and staff.has("staff")),
        )


@blueprint.get("/nouvelle/<uuid:structure_id>")
@requires("staff")
def ask(structure_id: uuid.UUID) -> str:
    return _form(structure_id, Loaded())


@blueprint.post("/nouvelle/<uuid:structure_id>")
@requires("staff")
def offer(structure_id: uuid.UUID) -> ResponseReturnValue:
    form = load(OfferFields(), request.form)
    if form.data is None:
        return _form(structure_id, form), 422
    try:
        with db().transaction() as session:
            use_cases.offer(session, structure_id, use_cases.Draft(**form.data), clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _form(structure_id, form), error.status
    flash(_("L’offre est notée : les projets à qui elle convient sont proposés."), "done")
    return redirect(url_for(".index"), 303)


def _form(structure_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        return render_template(
            "structures/skill_offer.html",
            structure=structures.get(session, structure_id),
            form=form,
            goals=list(_goals().items()),
            zones=list(_zones().items()),
        )


@blueprint.post("/<uuid:offer_id>/retirer")
@requires("staff")
def withdraw(offer_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.withdraw(session, offer_id, clock.now(), who=who())
    flash(_("L’offre est retirée ; ce qui était convenu reste compté."), "going")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<uuid:offer_id>/projets/<uuid:application_id>")
@requires("staff")
def agree(offer_id: uuid.UUID, application_id: uuid.UUID) -> ResponseReturnValue:
    form = load(DaysFields(), request.form)
    if form.data is None:
        return _index(form, application_id), 422
    try:
        with db().transaction() as session:
            use_cases.agree(session, offer_id, application_id, form.data["days"], clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _index(form, application_id), error.status
    flash(_("C’est convenu, et compté. Il reste à présenter les deux structures l’une à l’autre."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/accords/<uuid:match_id>")
@requires("staff")
def done(match_id: uuid.UUID) -> ResponseReturnValue:
    form = load(DaysFields(), request.form)
    if form.data is None:
        return _index(form, match_id), 422
    try:
        with db().transaction() as session:
            use_cases.note_done(session, match_id, form.data["days"], clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _index(form, match_id), error.status
    flash(_("Les jours faits sont notés."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/accords/<uuid:match_id>/annuler")
@requires("staff")
def undo(match_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.undo(session, match_id, clock.now(), who=who())
    flash(_("L’accord est annulé : ses jours sont de nouveau libres."), "going")
    return redirect(url_for(".index"), 303)


def _goals() -> dict[str, str]:
    return {one.key: one.words.of(str(get_locale() or "fr")) for one in LIBRARY["themes"].options}


def _zones() -> dict[str, str]:
    return {key: _(words) for key, words in ZONES.items()}
