"""Staff pages about the year: the six issues, who had space, and corrections of what is on the web."""

from __future__ import annotations

import datetime as dt
import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from services.mailer import corrections, issues, planning, rotation, versions
from services.mailer.models.issues import TEXT_LIMIT, TITLE_LIMIT
from services.mailer.web import words
from services.mailer.web.both_versions import ISSUE, ITEM, compare
from services.mailer.web.issues import IssueForm, today
from services.mailer.web.photos import PhotoForm, receive, refuse
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, load

blueprint = Blueprint("plan", __name__)

NAMES = tuple(IssueForm().fields)
MOST = len(planning.MONTHS)


class CorrectionForm(PhotoForm):
    title = fields.String(required=True, validate=validate.Length(min=1, max=TITLE_LIMIT))
    text = fields.String(required=True, validate=validate.Length(min=1, max=TEXT_LIMIT), metadata={"multiline": True})
    link = fields.String(load_default="", validate=validate.Length(max=500))
    credit = fields.String(load_default="", validate=validate.Length(max=200))
    note = fields.String(required=True, validate=validate.Length(min=1, max=300))


class HeadCorrectionForm(ma.Schema):
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    editorial = fields.String(load_default="", validate=validate.Length(max=4000), metadata={"multiline": True})
    note = fields.String(required=True, validate=validate.Length(min=1, max=300))


def _year() -> int:
    typed = request.args.get("annee", "")
    return int(typed) if typed.isdecimal() and 2000 <= int(typed[:5]) <= 2999 else today().year


@blueprint.get("/numeros/plan")
@requires("editor", "staff", "auditor")
def year() -> str:
    return _plan(_year(), None)


def _plan(chosen: int, form: Loaded | None) -> str:
    with db().reading() as session:
        slots = planning.year(session, chosen, today())
    proposed = [slot for slot in slots if slot.issue is None]
    if form is None:
        values: dict[str, str] = {}
        for place, slot in enumerate(proposed):
            values |= {f"number-{place}": str(slot.number), f"planned_on-{place}": slot.planned_on.isoformat()}
            values[f"contributions_on-{place}"] = slot.contributions_on.isoformat() if slot.contributions_on else ""
        form = Loaded.of(values)
    return render_template(
        "issues/plan.html", year=chosen, slots=slots, proposed=proposed, form=form, words=words, place=_place
    )


def _place(day: dt.date) -> float:
    """How far into its year a day is, for the line of the year."""
    return (day.timetuple().tm_yday - 1) / 366


@blueprint.post("/numeros/plan")
@requires("editor", "staff")
def fill() -> ResponseReturnValue:
    """Open every issue that has a theme; all or none."""
    whole, ready = Loaded(), []
    for place in range(MOST):
        given = MultiDict((name, value) for name in NAMES for value in request.form.getlist(f"{name}-{place}"))
        whole.raw |= {f"{name}-{place}": value for name, value in given.items()}
        if given.get("title", "").strip():
            row = load(IssueForm(), given)
            for name, messages in row.errors.items():
                for message in messages:
                    whole.refuse(f"{name or 'title'}-{place}", message)
            if row.data is not None:
                ready.append((place, row.data))
    if not ready and not whole.errors:
        whole.refuse("title-0", _("Donnez un thème à au moins un numéro."))
    if not whole.errors:
        reached = 0
        try:
            with db().transaction() as session:
                for place, data in ready:
                    reached = place
                    issues.create(session, data, who=who(), now=clock.now())
        except RuleError as refusal:
            whole.refuse(f"{refusal.field or 'title'}-{reached}", refusal.message)
    if whole.errors:
        return _plan(_year(), whole), 422
    flash(_("Le plan de l’année est enregistré."), "done")
    return redirect(url_for(".year", annee=_year()), 303)


@blueprint.get("/contributeurs/rotation")
@requires("editor", "staff", "auditor")
def turns() -> str:
    with db().reading() as session:
        found = rotation.rotation(session)
    return render_template("issues/rotation.html", rotation=found)


@blueprint.get("/numeros/<uuid:issue_id>/articles/<uuid:item_id>/corriger")
@requires("editor", "staff")
def correction(issue_id: uuid.UUID, item_id: uuid.UUID) -> str:
    return _correction(issue_id, item_id, None)


def _correction(issue_id: uuid.UUID, item_id: uuid.UUID, form: Loaded | None, *, meanwhile: bool = False) -> str:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        item = next((one for one in issue.items if one.id == item_id), None)
        if item is None or issue.state != "sent":
            raise NotFound("item", _("Cet article n’est pas paru."))
        values = {name: getattr(item, name) for name in ("title", "text", "link", "credit", "photo_alt")}
        values |= {"photo_name": item.photo.name if item.photo else "", "seen": versions.item(item)}
        form = form if form is not None else Loaded.of(values)
        labels = {name: label for name, label in ITEM.items() if name in values}
        both = compare(session, form, values, labels, ("issue", issue_id), item_id) if meanwhile else None
    return render_template(
        "issues/correction.html", issue=issue, item=item, form=form, both=both, text_limit=TEXT_LIMIT
    )


@blueprint.post("/numeros/<uuid:issue_id>/articles/<uuid:item_id>/corriger")
@requires("editor", "staff")
def correct(issue_id: uuid.UUID, item_id: uuid.UUID) -> ResponseReturnValue:
    form = load(CorrectionForm(), request.form)
    receive(form, None)
    if form.data is not None:
        try:
            with db().transaction() as session:
                corrections.correct(
                    session, issue_id, item_id, form.data, who=who(), now=clock.now(), seen=form.raw.get("seen")
                )
            flash(_("La page publique est corrigée, avec votre note. Le message envoyé reste tel quel."), "done")
            return redirect(url_for("issues.show", issue_id=issue_id, _anchor=f"i-{item_id}"), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return _correction(issue_id, item_id, form, meanwhile=True), 409
            if refusal.field is None:
                raise
            refuse(form, refusal)
    return _correction(issue_id, item_id, form), 422


@blueprint.get("/numeros/<uuid:issue_id>/corriger")
@requires("editor", "staff")
def head_correction(issue_id: uuid.UUID) -> str:
    return _head_correction(issue_id, None)


def _head_correction(issue_id: uuid.UUID, form: Loaded | None, *, meanwhile: bool = False) -> str:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        if issue.state != "sent":
            raise NotFound("issue", _("Ce numéro n’est pas paru."))
        values = {"title": issue.title, "editorial": issue.editorial, "seen": versions.head(issue)}
        form = form if form is not None else Loaded.of(values)
        labels = {name: label for name, label in ISSUE.items() if name in values}
        both = compare(session, form, values, labels, ("issue", issue_id)) if meanwhile else None
    return render_template("issues/correction.html", issue=issue, item=None, form=form, both=both)


@blueprint.post("/numeros/<uuid:issue_id>/corriger")
@requires("editor", "staff")
def correct_head(issue_id: uuid.UUID) -> ResponseReturnValue:
    form = load(HeadCorrectionForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                corrections.correct_head(
                    session, issue_id, form.data, who=who(), now=clock.now(), seen=form.raw.get("seen")
                )
            flash(_("La page publique est corrigée, avec votre note. Le message envoyé reste tel quel."), "done")
            return redirect(url_for("issues.show", issue_id=issue_id), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return _head_correction(issue_id, form, meanwhile=True), 409
            form.take(refusal)
    return _head_correction(issue_id, form), 422
