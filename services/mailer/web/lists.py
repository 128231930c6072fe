"""Staff pages: the lists one can be on, and what the public reads about each."""

from __future__ import annotations

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from services.mailer import lists
from services.mailer.web.house import house
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("lists", __name__, url_prefix="/contacts/listes")


class ListForm(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    description = fields.String(required=True, validate=validate.Length(min=1, max=300))
    name_en = fields.String(load_default="", validate=validate.Length(max=80))
    description_en = fields.String(load_default="", validate=validate.Length(max=300))
    open = fields.Boolean(load_default=False)
    reply_to = fields.String(load_default="", validate=validate.Length(max=254))


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        every, readers = lists.every(session), lists.readers(session)
    public = f"{settings().public_url}/abonnement"
    return render_template("lists/index.html", every=every, readers=readers, public=public)


@blueprint.get("/nouvelle")
@requires("editor", "staff")
def new() -> str:
    return _page("", Loaded.of({"open": "true"}))


@blueprint.get("/<list_key>")
@requires("editor", "staff")
def show(list_key: str) -> str:
    with db().reading() as session:
        found = lists.get(session, list_key)
    values = {name: getattr(found, name) for name in ("name", "description", "name_en", "description_en", "reply_to")}
    return _page(list_key, Loaded.of(values | {"open": "true" if found.open else ""}))


def _page(key: str, form: Loaded) -> str:
    with db().reading() as session:
        sender = house(session).reply_to
    return render_template("lists/edit.html", key=key, form=form, sender=sender)


@blueprint.post("/nouvelle")
@requires("editor", "staff")
def create() -> ResponseReturnValue:
    return _save("")


@blueprint.post("/<list_key>")
@requires("editor", "staff")
def change(list_key: str) -> ResponseReturnValue:
    return _save(list_key)


def _save(key: str) -> ResponseReturnValue:
    form = load(ListForm(), request.form)
    if form.data is not None:
        try:
            anew: list[str] = []
            with db().transaction() as session:
                if key:
                    anew = lists.change(session, key, form.data, who=who(), now=clock.now())
                else:
                    lists.create(session, form.data, who=who(), now=clock.now())
            flash(_("La liste est enregistrée."), "done")
            if anew:
                flash(
                    _("À approuver de nouveau, car chaque message le porte : %(titles)s.", titles=", ".join(anew)),
                    "wait",
                )
            return redirect(url_for(".index"), 303)
        except RuleError as refusal:
            form.take(refusal)
    return _page(key, form), 422
