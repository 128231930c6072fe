"""Step 1 of who reads what: look at a proposal, adopt it, hand readings over. Next: use_cases/readings.py."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from services.jury import languages, meanwhile, place_names, queries
from services.jury.models import Juror, Round
from services.jury.queries.mails import FATES
from services.jury.use_cases import readings
from services.jury.use_cases.calls import find_call, lock_juror
from services.jury.web.staff import (
    READERS,
    WRITERS,
    JurorForm,
    act,
    call_context,
    round_context,
    show_theirs,
    told,
    translated,
    who,
)
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, files, mail_words
from shared.web import settings as configured
from shared.web.forms import Loaded, load

blueprint = Blueprint("readings", __name__, url_prefix="/equipe/tours/<uuid:round_id>/lectures")
people = Blueprint("people", __name__, url_prefix="/equipe/appels/<uuid:call_id>/jury/<uuid:juror_id>")


class AskForm(Schema):
    """What a proposal is made from."""

    per_project = fields.Integer(required=True, validate=validate.Range(min=1, max=50))
    per_juror = fields.Integer(required=True, validate=validate.Range(min=1, max=1000))
    seed = fields.String(load_default="", validate=validate.Length(max=64))


class AdoptForm(AskForm):
    digest = fields.String(required=True, validate=validate.Length(equal=64))


class HandOverForm(Schema):
    juror = fields.UUID(load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))
    digest = fields.String(required=True, validate=validate.Length(equal=64))


def known_languages(text: str) -> None:
    """A validator: a language that nobody knows would keep a juror from every project."""
    if unknown := languages.read(text)[1]:
        raise ValidationError(_("Langue inconnue : « %(word)s ».", word=unknown[0]))


def known_places(text: str) -> None:
    """A validator: a country that nobody knows would never be met by a project."""
    if unknown := place_names.read(text)[1]:
        raise ValidationError(_("Aucun pays de ce nom : « %(word)s ».", word=unknown[0]))


class MemberForm(JurorForm):
    """Who a member is, what they know, and how much they read."""

    themes = fields.String(load_default="", validate=validate.Length(max=500))
    countries = fields.String(load_default="", validate=[validate.Length(max=200), known_places])
    languages = fields.String(load_default="", validate=[validate.Length(max=200), known_languages])
    college = fields.String(load_default="", validate=validate.Length(max=120))
    least = fields.Integer(load_default=0, validate=validate.Range(min=0, max=1000))
    most = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=0, max=1000))
    away = fields.Boolean(load_default=False)


@blueprint.get("/")
@requires(*READERS)
def page(round_id: uuid.UUID) -> ResponseReturnValue:
    """Who reads what; with numbers in the address, what would come out of them. Nothing is written."""
    form = load(AskForm(), request.args) if request.args else Loaded()
    if form.data is not None and not form.data["seed"]:
        return redirect(url_for(".page", round_id=round_id, **form.data | {"seed": secrets.token_hex(4)}))
    return _page(round_id, form), (422 if form.errors else 200)


def _page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        this: Round = context["round"]
        given = queries.assigned(session, this)
        context |= {"form": form, "proposal": None, "refusal": "", "given": given}
        if form.data is not None:
            try:
                context["proposal"] = readings.propose(session, this, **form.data)
            except readings.Infeasible as refusal:
                context["refusal"] = translated(refusal.reason)
        elif this.per_project is not None:
            context["form"] = Loaded.of(
                {"per_project": this.per_project, "per_juror": this.per_juror, "seed": this.assignment_seed}
            )
        context["missing"] = sum(queries.missing_readings(session, this).values())
        context["behind"] = queries.still_reading(session, this, clock.now())
        pairs = set(context["proposal"].pairs) if context["proposal"] else given
        return render_template("jury/readings.html", **context, matrix=_matrix(session, this, pairs))


def _matrix(session: Session, this: Round, pairs: set[tuple[uuid.UUID, uuid.UUID]] | None) -> dict[str, Any]:
    """Rows: jurors; columns: projects; each cell "given", "conflict", "both" or ""."""
    jurors = queries.jurors_in(session, this)
    projects = queries.projects_in(session, this)
    recused = {(one.juror_id, one.project_id) for one in queries.recusals_in(session, this)}
    words = {(True, True): "both", (True, False): "given", (False, True): "conflict", (False, False): ""}
    everyone = pairs is None
    held = pairs or set()
    cells = {
        juror.id: [
            words[(juror.id, project.id) in held or everyone, (juror.id, project.id) in recused] for project in projects
        ]
        for juror in jurors
    }
    return {"jurors": jurors, "projects": projects, "cells": cells}


@blueprint.get("/entree.json")
@requires(*READERS)
def as_input(round_id: uuid.UUID) -> Response:
    """What `python -m services.jury assign` reads."""
    with db().reading() as session:
        document = readings.as_input(session, round_context(session, round_id)["round"])
    return files.download(json.dumps(document, ensure_ascii=False, indent=1), f"lectures-{round_id}.json")


@blueprint.post("/adopter")
@requires(*WRITERS)
def adopt(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AdoptForm(), request.form)
    if form.data is None:
        return _page(round_id, form), 422
    data = form.data

    def work(session: Session) -> None:
        readings.adopt(session, round_id, **data, site=configured().public_url, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id), done=_("Les lectures sont réparties."))


@blueprint.post("/reglages")
@requires(*WRITERS)
def settings(round_id: uuid.UUID) -> ResponseReturnValue:
    blind, shows = request.form.get("blind") == "true", request.form.get("shows_others") == "true"

    def work(session: Session) -> None:
        readings.set_reading(session, round_id, blind=blind, shows_others=shows, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id), done=_("La façon de lire est réglée."))


@blueprint.get("/passer")
@requires(*WRITERS)
def ask_hand_over(round_id: uuid.UUID) -> ResponseReturnValue:
    """What would move, before it does."""
    return _ask_hand_over(round_id, _chosen(request.args), Loaded())


def _chosen(given: Mapping[str, str]) -> uuid.UUID | None:
    """Whose readings go to others; none: those that nobody has."""
    try:
        return uuid.UUID(given["juror"])
    except (KeyError, ValueError):
        return None


def _ask_hand_over(
    round_id: uuid.UUID, juror_id: uuid.UUID | None, form: Loaded, status: int = 200
) -> ResponseReturnValue:
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        jurors = {juror.id: juror for juror in queries.jurors_in(session, this)}
        if juror_id is not None and juror_id not in jurors:
            raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
        try:
            plan = readings.handover(session, this, juror_id)
        except RuleError as refusal:
            flash(told(refusal), "stop")
            return redirect(url_for(".page", round_id=round_id), 303)
        projects = {project.id: project for project in queries.projects_in(session, this)}
        page = render_template(
            "jury/hand_over.html",
            **context,
            form=form,
            plan=plan,
            juror=jurors.get(juror_id) if juror_id else None,
            tablet=queries.tablet_of(session, this.id, juror_id) if juror_id else None,
            jurors=jurors,
            projects=projects,
        )
    return page, status


@blueprint.post("/passer")
@requires(*WRITERS)
def hand_over(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(HandOverForm(), request.form)
    back = url_for(".page", round_id=round_id)
    if form.data is None:
        if set(form.errors) == {"reason"}:
            return _ask_hand_over(round_id, _chosen(request.form), form, 422)
        flash(_("Ce passage n’est plus lisible : regardez-le à nouveau."), "stop")
        return redirect(back, 303)
    data = form.data
    try:
        with db().transaction() as session:
            plan = readings.hand_over(
                session,
                round_id,
                data["juror"],
                reason=data["reason"],
                digest=data["digest"],
                site=configured().public_url,
                who=who(),
                now=clock.now(),
            )
    except RuleError as refusal:
        if refusal.field is None:
            flash(told(refusal), "stop")
        else:
            form.refuse(refusal.field, told(refusal))
        return _ask_hand_over(round_id, data["juror"], form, refusal.status)
    words = ngettext(
        "%(num)d lecture est confiée ; les tablettes le disent.",
        "%(num)d lectures sont confiées ; les tablettes le disent.",
        len(plan.given),
    )
    flash(words, "done")
    return redirect(back, 303)


@people.get("/")
@requires(*READERS)
def person(call_id: uuid.UUID, juror_id: uuid.UUID) -> str:
    with db().reading() as session:
        said = _said(_find(session, call_id, juror_id))
    form = Loaded.of(said | {name: "true" if said[name] else "" for name in ("chairs", "away")})
    return _member(call_id, juror_id, form)


def _said(juror: Juror) -> dict[str, Any]:
    """What the form says of a member."""
    names = [name for name in MemberForm().fields if name != "away"]
    return {name: getattr(juror, name) for name in names} | {"away": juror.away_since is not None}


@people.post("/")
@requires(*WRITERS)
def save(call_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    form, seen, status = load(MemberForm(), request.form), request.form.get("seen", "")[:200], 422
    if form.data is not None:
        try:
            with db().transaction() as session:
                find_call(session, call_id, lock=True)
                there = _said(_find(session, call_id, lock_juror(session, juror_id).id))
                data = meanwhile.merged(form.data, there, seen)
                readings.set_juror(session, call_id, juror_id, data, who=who(), now=clock.now())
        except meanwhile.Unread as refusal:
            show_theirs(form, refusal)
            seen, status = "", refusal.status
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("C’est noté."), "done")
            return redirect(url_for("calls.jury", call_id=call_id), 303)
    return _member(call_id, juror_id, form, seen=seen), status


def _member(call_id: uuid.UUID, juror_id: uuid.UUID, form: Loaded, *, seen: str = "") -> str:
    """seen: the marks of what was read before this form was refused."""
    with db().reading() as session:
        juror = _find(session, call_id, juror_id)
        context = call_context(session, call_id)
        return render_template(
            "jury/juror.html",
            **context,
            juror=juror,
            tablet=queries.tablet_of(session, context["round"].id, juror.id),
            form=form,
            mails=mail_words.said(FATES.of(session, [juror.id]), FATES),
            seen=seen or meanwhile.marks(_said(juror)),
        )


def _find(session: Session, call_id: uuid.UUID, juror_id: uuid.UUID) -> Juror:
    found = session.get(Juror, juror_id)
    if found is None or found.call_id != call_id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    return found
