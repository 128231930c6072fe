"""Step 1 of nine for admins: what partners' programs may read, and who is told of what. Next: use_cases/programs.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.queries import programs as queries
from services.registration.rules import programs as rules
from services.registration.use_cases import programs
from services.registration.use_cases.programs import hooks
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings, webhooks
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("programs", __name__, url_prefix="/equipe/programmes")


class TokenForm(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(rules.SCOPES))), required=True, validate=validate.Length(min=1)
    )


WebhookForm = webhooks.form(hooks)


@blueprint.get("/")
@requires("admin")
def index() -> str:
    """Tokens and addresses, and the two forms that add one."""
    return _index()


def _index(token_form: Loaded | None = None, webhook_form: Loaded | None = None, token: str = "") -> str:
    with db().reading() as session:
        return render_template(
            "programs/index.html",
            tokens=queries.tokens(session),
            webhooks=hooks.all(session),
            token=token,
            token_form=Loaded.of({}) if token_form is None else token_form,
            webhook_form=Loaded.of({}) if webhook_form is None else webhook_form,
            scopes=[(key, _(words), "") for key, words in rules.SCOPES.items()],
            scope_words={key: _(words) for key, words in rules.SCOPES.items()},
            types=[(key, _(words), "") for key, words in rules.TYPES.items()],
            type_words={key: _(words) for key, words in rules.TYPES.items()},
            documentation=url_for("api_page.index"),
        )


@blueprint.post("/jetons")
@requires("admin")
def give_token() -> ResponseReturnValue:
    """The token is on this answer and nowhere else, so the page is not left by a redirect."""
    form = load(TokenForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                token = programs.give_token(session, form.data["name"], form.data["scopes"], clock.now(), who=who())
            return _index(token=token), 200, {"Cache-Control": "no-store"}
        except RuleError as error:
            form.refuse(error.field or "", _(error.message))
    return _index(token_form=form), 422


@blueprint.post("/jetons/<uuid:token_id>/reprendre")
@requires("admin")
def take_back(token_id: uuid.UUID) -> ResponseReturnValue:
    """The program reads nothing any more, from the next request on."""
    with db().transaction() as session:
        programs.take_back(session, token_id, clock.now(), who=who())
    flash(_("Ce jeton n’ouvre plus rien."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/adresses")
@requires("admin")
def add_webhook() -> ResponseReturnValue:
    """Add an address, then show its key."""
    form = load(WebhookForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                row = hooks.add(
                    session,
                    form.data["url"],
                    form.data["types"],
                    clock.now(),
                    who=who(),
                    local=settings().is_development,
                )
            return redirect(url_for(".webhook", webhook_id=row.id), 303)
        except RuleError as error:
            form.refuse(error.field or "", _(error.message))
    return _index(webhook_form=form), 422


webhooks.attach(blueprint, hooks)
