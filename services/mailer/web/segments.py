"""Staff pages: segments, saved filters of contacts with the number of people they reach now."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.mailer import audience, contact_words, lists, segments
from services.mailer.audience import Filter
from services.mailer.contact_words import DEPARTEMENT, KINDS
from services.mailer.models.contacts import ECHO
from services.mailer.web import words
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.i18n import number

blueprint = Blueprint("segments", __name__, url_prefix="/contacts/segments")

_word = validate.Length(min=1, max=60)


class FilterForm(ma.Schema):
    topics = fields.List(fields.String(validate=_word), load_default=list)
    zones = fields.List(fields.String(validate=_word), load_default=list)
    departements = fields.List(fields.String(validate=validate.Regexp(DEPARTEMENT)), load_default=list)
    kinds = fields.List(fields.String(validate=validate.OneOf(KINDS)), load_default=list)


class SegmentForm(FilterForm):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        chosen, choices = _of_list(session)
        every = [(one, audience.count(session, Filter.of(one.filter), chosen)) for one in segments.every(session)]
    return render_template(
        "segments/index.html", every=every, described=described, chosen=chosen, choices=choices, echo=ECHO
    )


def _of_list(session: Session) -> tuple[str, list[tuple[str, str]]]:
    """The list whose people are counted, L'Écho unless the address says another, and all there are."""
    key = request.values.get("liste", "")[:60] or ECHO
    return lists.get(session, key).key, [(one.key, one.name) for one in lists.every(session)]


def described(kept: dict[str, list[str]]) -> str:
    """A filter in a line: its criteria all hold, any word of each is enough."""
    asked = Filter.of(kept)
    places = [contact_words.named(code) for code in asked.departements]
    every = [asked.topics, asked.zones, places, [str(words.KIND[kind]) for kind in asked.kinds]]
    return " · ".join(", ".join(values) for values in every if values)


@blueprint.get("/nouveau")
@requires("editor", "staff")
def new() -> str:
    return _page(None, Loaded.of({}))


@blueprint.get("/<uuid:segment_id>")
@requires("editor", "staff")
def show(segment_id: uuid.UUID) -> str:
    with db().reading() as session:
        segment = segments.get(session, segment_id)
    return _page(segment_id, Loaded.of({"name": segment.name, **segment.filter}))


def _page(segment_id: uuid.UUID | None, form: Loaded) -> str:
    with db().reading() as session:
        known = audience.choices(session)
        chosen, choices = _of_list(session)
        asked = Filter.of({name: form.raw.get(name, []) for name in Filter().kept()})
        reached = audience.count(session, asked, chosen)
    # A word that nobody has any more is still shown, or saving the page would silently drop it.
    options: dict[str, list[tuple[str, Any]]] = {
        name: [(word, word) for word in dict.fromkeys([*known[name], *getattr(asked, name)])] for name in known
    }
    options["departements"] = [(code, contact_words.named(code)) for code, _code in options["departements"]]
    options["kinds"] = list(words.KIND.items())
    return render_template("segments/show.html", segment_id=segment_id, form=form, options=options, said=_said(reached),
                           chosen=chosen, choices=choices)  # fmt: skip


def _said(reached: int) -> str:
    return str(ngettext("%(n)s personne abonnée", "%(n)s personnes abonnées", reached, n=number(reached)))


@blueprint.get("/compte")
@requires("editor", "staff")
def counted() -> Response:
    """How many people a filter reaches, in words: what the page's script shows while one chooses."""
    form = load(FilterForm(), request.args)
    if form.data is None:
        return Response(status=422)
    with db().reading() as session:
        reached = audience.count(session, Filter.of(form.data), _of_list(session)[0])
    response = Response(_said(reached), mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store, private"
    return response


@blueprint.post("/nouveau")
@requires("editor", "staff")
def create() -> ResponseReturnValue:
    return _save(None)


@blueprint.post("/<uuid:segment_id>")
@requires("editor", "staff")
def change(segment_id: uuid.UUID) -> ResponseReturnValue:
    return _save(segment_id)


def _save(segment_id: uuid.UUID | None) -> ResponseReturnValue:
    form = load(SegmentForm(), request.form)
    if request.form.get("act") == "count":  # without JavaScript: the number, and nothing is kept
        return _page(segment_id, Loaded.of(form.raw))
    if form.data is not None:
        try:
            with db().transaction() as session:
                asked = Filter.of(form.data)
                segments.save(session, segment_id, form.data["name"], asked, who=who(), now=clock.now())
            flash(_("Le segment est enregistré."), "done")
            return redirect(url_for(".index"), 303)
        except RuleError as refusal:
            form.refuse(refusal.field or "", refusal.message)
    return _page(segment_id, form), 422


@blueprint.post("/<uuid:segment_id>/supprimer")
@requires("editor", "staff")
def drop(segment_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        segments.drop(session, segment_id, who=who(), now=clock.now())
    flash(_("Le segment est supprimé. Les contacts et les envois passés restent."), "done")
    return redirect(url_for(".index"), 303)
