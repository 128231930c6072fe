"""Step 1 of nine for admins: what partners' programs may read, and who is told of what. Next: use_cases/programs.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.models.programs import Webhook
from services.registration.queries import programs as queries
from services.registration.rules import programs as rules
from services.registration.use_cases import programs
from services.registration.web.events import who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("programs", __name__, url_prefix="/equipe/programmes")

TONES = {"waiting": "wait", "told": "done", "given_up": "stop"}


class TokenForm(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(rules.SCOPES))), required=True, validate=validate.Length(min=1)
    )


class WebhookForm(ma.Schema):
    url = fields.String(required=True, validate=validate.Length(min=1, max=500))
    types = fields.List(
        fields.String(validate=validate.OneOf(list(rules.TYPES))), required=True, validate=validate.Length(min=1)
    )


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
            webhooks=queries.webhooks(session),
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
                row = programs.add_webhook(
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


@blueprint.get("/adresses/<uuid:webhook_id>")
@requires("admin")
def webhook(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """One address: its key, and what it was told lately."""
    with db().reading() as session:
        row = session.get(Webhook, webhook_id)
        if row is None:
            raise NotFound("webhook-unknown", _("Cette adresse n’est pas connue."))
        deliveries = queries.deliveries(session, webhook_id)
        page = render_template(
            "programs/webhook.html",
            webhook=row,
            key=rules.shown_key(rules.signing_key(settings().secret_key, str(webhook_id))),
            deliveries=deliveries,
            states={"waiting": _("En attente"), "told": _("Prévenu"), "given_up": _("Abandonné")},
            tones=TONES,
            answers={row.id: _said(row.last_answer) for row in deliveries},
            stopped=_said(row.stopped_because),
            types={key: _(words) for key, words in rules.TYPES.items()} | {"ping": _("Essai")},
        )
    return page, 200, {"Cache-Control": "no-store"}


def _said(answer: str) -> str:
    words, filled = rules.answer_in_words(answer)
    return _(words, answer=filled) if answer else ""


@blueprint.post("/adresses/<uuid:webhook_id>/essai")
@requires("admin")
def try_out(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Send a fact that says nothing."""
    with db().transaction() as session:
        programs.try_out(session, webhook_id, clock.now())
    flash(_("Un essai part dans la seconde ; rechargez la page pour voir la réponse."), "done")
    return redirect(url_for(".webhook", webhook_id=webhook_id), 303)


@blueprint.post("/adresses/<uuid:webhook_id>/arret")
@requires("admin")
def stop(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Tell it nothing more."""
    with db().transaction() as session:
        programs.stop_webhook(session, webhook_id, clock.now(), who=who())
    flash(_("Cette adresse n’est plus prévenue de rien."), "done")
    return redirect(url_for(".webhook", webhook_id=webhook_id), 303)


@blueprint.post("/adresses/<uuid:webhook_id>/reprise")
@requires("admin")
def again(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Start again, with what was given up."""
    with db().transaction() as session:
        count = programs.tell_again(session, webhook_id, clock.now(), who=who())
    flash(_("L’adresse est de nouveau prévenue ; envois repris : %(count)d.", count=count), "done")
    return redirect(url_for(".webhook", webhook_id=webhook_id), 303)
