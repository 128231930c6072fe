"""Staff pages: two contacts that are one person, and a new address that somebody told us."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from services.mailer import directory, lists, same_person
from services.mailer.web import words
from services.mailer.web.contacts import LONGEST_NOTE
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, load

blueprint = Blueprint("same_person", __name__, url_prefix="/contacts/<uuid:contact_id>")


class AddressForm(ma.Schema):
    email = fields.String(required=True, validate=validate.Length(min=3, max=254))
    note = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


@blueprint.get("/adresse")
@requires("editor", "staff")
def address(contact_id: uuid.UUID) -> str:
    return _address(contact_id, Loaded())


def _address(contact_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        contact = directory.get(session, contact_id)
        barred = directory.suppressions(session, contact.email_key)
    return render_template("contacts/address.html", contact=contact, barred=barred, form=form, words=words)


@blueprint.post("/adresse")
@requires("editor", "staff")
def change_address(contact_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AddressForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                same_person.change_address(session, contact_id, **form.data, who=who(), now=clock.now())
            flash(_("L’adresse est changée. Ce qui part désormais va à la nouvelle."), "done")
            return redirect(url_for("contacts.show", contact_id=contact_id), 303)
        except RuleError as refusal:
            form.take(refusal)
    return _address(contact_id, form), 422


@blueprint.get("/reunir")
@requires("editor", "staff")
def choose(contact_id: uuid.UUID) -> str:
    """Which other contact is the same person: searched by name, unless other words are typed."""
    with db().reading() as session:
        contact = directory.get(session, contact_id)
        asked = request.args.get("q", contact.last_name)[:200].strip()
        found = directory.find(session, directory.Search(words=asked)) if asked else None
    others = [one for one in found.contacts if one.contact.id != contact_id] if found else []
    return render_template("contacts/merge.html", contact=contact, asked=asked, others=others, words=words)


@blueprint.get("/reunir/<uuid:other_id>")
@requires("editor", "staff")
def confirm(contact_id: uuid.UUID, other_id: uuid.UUID) -> str:
    return _confirm(contact_id, other_id, "")


def _confirm(contact_id: uuid.UUID, other_id: uuid.UUID, refused: str) -> str:
    with db().reading() as session:
        plan = same_person.plan(session, contact_id, other_id)
        names = {one.key: one.name for one in lists.every(session)}
    return render_template("contacts/merge_confirm.html", plan=plan, names=names, refused=refused, words=words)


@blueprint.post("/reunir/<uuid:other_id>")
@requires("editor", "staff")
def merge(contact_id: uuid.UUID, other_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            seen = request.form.get("seen", "")
            same_person.merge(session, contact_id, other_id, seen=seen, who=who(), now=clock.now())
    except RuleError as refusal:
        if refusal.code != "merge-changed":
            raise
        return _confirm(contact_id, other_id, refusal.message), 409
    flash(_("Les deux fiches n’en font plus qu’une."), "done")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)
