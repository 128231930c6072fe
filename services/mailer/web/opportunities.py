"""The watch: calls and funds of others, noted by staff for an issue, and read by everybody while they are open."""

from __future__ import annotations

import datetime as dt
import uuid

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from services.mailer import opportunities
from services.mailer.models.issues import TITLE_LIMIT
from services.mailer.models.opportunities import ABOUT_LIMIT, AMOUNT_LIMIT, ELIGIBILITY_LIMIT
from services.mailer.web.issues import today
from shared import clock
from shared.calendar import Slot, ics
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("opportunities", __name__, url_prefix="/veille")
public = Blueprint("offers", __name__, url_prefix="/echo/appels")


class OpportunityForm(ma.Schema):
    title = fields.String(required=True, validate=validate.Length(min=1, max=TITLE_LIMIT))
    funder = fields.String(required=True, validate=validate.Length(min=1, max=200))
    about = fields.String(required=True, validate=validate.Length(min=1, max=ABOUT_LIMIT), metadata={"multiline": True})
    eligibility = fields.String(required=True, validate=validate.Length(min=1, max=ELIGIBILITY_LIMIT))
    amount = fields.String(load_default="", validate=validate.Length(max=AMOUNT_LIMIT))
    link = fields.String(required=True, validate=validate.Length(min=1, max=500))
    closes_on = fields.Date(load_default=None, allow_none=True)


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        watch = opportunities.watch(session, clock.now())
    return render_template("opportunities/index.html", watch=watch, today=today())


@blueprint.get("/nouvelle")
@requires("editor", "staff")
def new() -> str:
    return _page(None, Loaded())


@blueprint.get("/<uuid:opportunity_id>")
@requires("editor", "staff")
def show(opportunity_id: uuid.UUID) -> str:
    with db().reading() as session:
        found = opportunities.get(session, opportunity_id)
    values = {name: getattr(found, name) or "" for name in opportunities.FIELDS}
    return _page(opportunity_id, Loaded.of({name: str(value) for name, value in values.items()}))


def _page(opportunity_id: uuid.UUID | None, form: Loaded) -> str:
    limits = {"title": TITLE_LIMIT, "about": ABOUT_LIMIT, "eligibility": ELIGIBILITY_LIMIT, "amount": AMOUNT_LIMIT}
    return render_template("opportunities/edit.html", opportunity_id=opportunity_id, form=form, limits=limits)


@blueprint.post("/nouvelle")
@requires("editor", "staff")
def create() -> ResponseReturnValue:
    return _save(None)


@blueprint.post("/<uuid:opportunity_id>")
@requires("editor", "staff")
def change(opportunity_id: uuid.UUID) -> ResponseReturnValue:
    return _save(opportunity_id)


def _save(opportunity_id: uuid.UUID | None) -> ResponseReturnValue:
    form = load(OpportunityForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                found = opportunities.save(session, opportunity_id, form.data, who=who(), now=clock.now())
                saved = found.id
            flash(_("C’est noté dans la veille."), "done")
            return redirect(url_for(".index", _anchor=f"v-{saved}"), 303)
        except RuleError as refusal:
            form.take(refusal)
    return _page(opportunity_id, form), 422


@blueprint.post("/<uuid:opportunity_id>/numeros/<uuid:issue_id>")
@requires("editor", "staff")
def put_into(opportunity_id: uuid.UUID, issue_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        number = opportunities.put_into(session, opportunity_id, issue_id, who=who(), now=clock.now())
    flash(_("Cet appel est dans le nº %(number)s.", number=number), "done")
    if request.form.get("from") == "issue":
        return redirect(url_for("issues.show", issue_id=issue_id), 303)
    return redirect(url_for(".index", _anchor=f"v-{opportunity_id}"), 303)


@blueprint.post("/<uuid:opportunity_id>/retirer")
@requires("editor", "staff")
def retire(opportunity_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        opportunities.retire(session, opportunity_id, who=who(), now=clock.now())
    flash(_("C’est retiré de la veille et de la page publique. Un numéro qui en parle déjà n’a pas changé."), "going")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<uuid:opportunity_id>/reprendre")
@requires("editor", "staff")
def take_back(opportunity_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        opportunities.take_back(session, opportunity_id, who=who(), now=clock.now())
    return redirect(url_for(".index", _anchor=f"v-{opportunity_id}"), 303)


# --- for everybody ----------------------------------------------------------------------------------------


@public.get("/")
def page() -> str:
    return render_template("opportunities/public.html", offers=_open(), today=today(), paris=clock.PARIS)


@public.get("/flux.xml")
def feed() -> Response:
    """For a feed reader: one entry per open call."""
    shown = render_template("opportunities/feed.xml", offers=_open(), base=settings().public_url)
    return Response(shown, mimetype="application/rss+xml")


@public.get("/echeances.ics")
def deadlines() -> Response:
    """The last hour of each, as one calendar to subscribe to."""
    slots = [
        Slot(
            uid=f"offer-{one.id}@agora",
            sequence=0,
            starts_at=one.closes_at - dt.timedelta(hours=1),
            ends_at=one.closes_at,
            summary=_("Clôture : %(title)s", title=one.title),
            description="\n".join(part for part in (one.funder, one.eligibility) if part),
            url=one.link,
        )
        for one in _open()
        if one.closes_at
    ]
    return Response(ics(slots), mimetype="text/calendar")


def _open() -> list[opportunities.Offer]:
    with db().reading() as session:
        return opportunities.offers(session, clock.now())
