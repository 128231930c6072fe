"""Step 1 of nine, for who runs the network: what it is called, since when. Next: use_cases/identity.py."""

from __future__ import annotations

import datetime as dt

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.queries import identity as queries
from services.registration.use_cases import identity as use_cases
from services.registration.web import answers
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import requires, who
from shared.network import of_day
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("identity", __name__, url_prefix="/equipe/identite")


class Fields(ma.Schema):
    since = fields.Date(required=True, validate=validate.Range(dt.date(1900, 1, 1), dt.date(2199, 12, 31)))
    name = answers.line(200, required=True)
    legal_form = answers.line(120)
    address = answers.line(300)
    email = fields.Email(required=True, validate=validate.Length(max=254))


@blueprint.get("/")
@requires("admin")
def index() -> str:
    """Each name with its days; the form for a new one, filled with what holds today."""
    return _page(None)


@blueprint.post("/")
@requires("admin")
def keep() -> ResponseReturnValue:
    typed = load(Fields(), request.form)
    if typed.data is None:
        return _page(typed), 422
    since = typed.data.pop("since")
    try:
        with db().transaction() as session:
            use_cases.keep(session, since, typed.data, clock.now(), who=who())
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(typed), error.status
    flash(_("C’est enregistré."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<day>/retirer")
@requires("admin")
def remove(day: str) -> ResponseReturnValue:
    try:
        since = dt.date.fromisoformat(day)
    except ValueError:
        since = dt.date.min
    with db().transaction() as session:
        use_cases.remove(session, since, clock.now(), who=who())
    flash(_("Ce nom est retiré."), "done")
    return redirect(url_for(".index"), 303)


def _page(typed: Loaded | None) -> str:
    with db().reading() as session:
        known = queries.listed(session)
        ours = queries.organiser(session, clock.now())  # as new events and mails say it, also before it is written
    today = clock.now().astimezone(PARIS).date()
    current = of_day(known, today)
    site = settings()
    form = typed or Loaded.of(
        {
            "since": "" if current else today.isoformat(),
            "name": ours["name"],
            "legal_form": current.legal_form if current else "",
            "address": current.address if current else site.organisation_address,
            "email": ours["email"],
        }
    )
    rows = [
        (one, known[number - 1].since - dt.timedelta(days=1) if number else None) for number, one in enumerate(known)
    ]
    return render_template(
        "accounts/identity.html",
        rows=rows,
        current=current,
        today=today,
        form=form,
        labels={
            "since": _("À partir du"),
            "name": _("Nom"),
            "legal_form": _("Forme juridique"),
            "address": _("Adresse"),
            "email": _("Adresse électronique"),
        },
    )
