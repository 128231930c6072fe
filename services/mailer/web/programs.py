"""Staff pages, for admins: which programs may order mails, and which addresses are told what became of them."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.mailer import orders, partners, render
from services.mailer.web import words
from shared import clock
from shared.errors import Refusal, RuleError
from shared.identity import requires, who
from shared.web import db, settings, webhooks
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("programs", __name__, url_prefix="/programmes")


class TokenForm(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    templates = fields.List(
        fields.String(validate=validate.OneOf(render.templates())), required=True, validate=validate.Length(min=1)
    )


class AddressForm(webhooks.form(partners.hooks)):  # type: ignore[misc]
    program_id = fields.UUID(required=True)


@blueprint.get("/")
@requires("admin")
def index() -> str:
    """Tokens and addresses, and the two forms that add one."""
    return _index()


def _index(token_form: Loaded | None = None, webhook_form: Loaded | None = None, token: str = "") -> str:
    with db().reading() as session:
        known = orders.programs(session)
        addresses = partners.hooks.all(session)
    mails = [(one, words.MAIL.get(one, one), "") for one in render.templates()]
    return render_template(
        "programs/index.html",
        programs=[one for one in known if one.revoked_at is None],
        names={one.id: one.name for one in known},
        webhooks=addresses,
        choices=[(one.id, one.name) for one in known if one.revoked_at is None],
        token=token,
        token_form=Loaded.of({}) if token_form is None else token_form,
        webhook_form=Loaded.of({"types": list(partners.TYPES)}) if webhook_form is None else webhook_form,
        templates=sorted(mails, key=lambda one: str(one[1])),
        types=[(key, _(sentence), "") for key, sentence in partners.TYPES.items()],
        words=words,
    )


@blueprint.post("/jetons")
@requires("admin")
def give_token() -> ResponseReturnValue:
    """The token is on this answer and nowhere else, so the page is not left by a redirect."""
    form = load(TokenForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                chosen = form.data["templates"]
                token = orders.register(session, form.data["name"], chosen, who=who(), now=clock.now())
            return _index(token=token), 200, {"Cache-Control": "no-store"}
        except RuleError as error:
            form.refuse(error.field or "", _(error.message))
    return _index(token_form=form), 422


@blueprint.post("/jetons/<uuid:program_id>/reprendre")
@requires("admin")
def take_back(program_id: uuid.UUID) -> ResponseReturnValue:
    """The program orders nothing any more, from the next request on, and is told nothing more."""
    with db().transaction() as session:
        orders.revoke(session, program_id, who=who(), now=clock.now())
    flash(_("Ce jeton n’ouvre plus rien, et les adresses de ce programme ne sont plus prévenues."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/adresses")
@requires("admin")
def add_address() -> ResponseReturnValue:
    """Add an address, then show its key."""
    form = load(AddressForm(), request.form)
    if form.data is not None:
        chosen, local = form.data, settings().is_development
        try:
            with db().transaction() as session:
                row = partners.add_address(
                    session, chosen["program_id"], chosen["url"], chosen["types"], clock.now(), who=who(), local=local
                )
            return redirect(url_for(".webhook", webhook_id=row.id), 303)
        except Refusal as error:
            form.refuse(error.field or "", _(error.message))
    return _index(webhook_form=form), 422


webhooks.attach(blueprint, partners.hooks)
