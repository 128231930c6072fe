"""The pages of an address that is told of facts, for every service that tells some: its key, and what it was told."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from shared import clock
from shared.identity import requires, who
from shared.web import db, settings, webhook_words
from shared.web.words import _
from shared.webhooks import rules
from shared.webhooks.addresses import Webhooks


def form(hooks: Webhooks) -> type[ma.Schema]:
    """The shape of the form that adds an address."""
    known = fields.String(validate=validate.OneOf(list(hooks.types)))
    return ma.Schema.from_dict(
        {
            "url": fields.String(required=True, validate=validate.Length(min=1, max=500)),
            "types": fields.List(known, required=True, validate=validate.Length(min=1)),
        },
        name="WebhookForm",
    )


def attach(blueprint: Blueprint, hooks: Webhooks) -> None:
    """Add the pages to the blueprint where a service lists its addresses as `index`."""

    @blueprint.get("/adresses/<uuid:webhook_id>")
    @requires("admin")
    def webhook(webhook_id: uuid.UUID) -> ResponseReturnValue:
        """One address: its key, and what it was told lately."""
        with db().reading() as session:
            row = hooks.get(session, webhook_id)
            key = rules.signing_key(settings().secret_key, str(webhook_id), row.key_number)
            deliveries = hooks.latest(session, webhook_id)
        page = render_template(
            "agora/webhook.html",
            webhook=row,
            key=rules.shown_key(key),
            both=len(rules.numbers(row.key_number, row.key_changed_at, clock.now())) > 1,
            deliveries=deliveries,
            words=webhook_words,
            types={key: _(words) for key, words in hooks.types.items()} | {"ping": _("Essai")},
        )
        return page, 200, {"Cache-Control": "no-store"}

    @blueprint.post("/adresses/<uuid:webhook_id>/essai")
    @requires("admin")
    def try_out(webhook_id: uuid.UUID) -> ResponseReturnValue:
        """Send a fact that says nothing."""
        with db().transaction() as session:
            hooks.try_out(session, webhook_id, clock.now())
        flash(_("Un essai part dans la seconde ; rechargez la page pour voir la réponse."), "done")
        return redirect(url_for(".webhook", webhook_id=webhook_id), 303)

    @blueprint.post("/adresses/<uuid:webhook_id>/arret")
    @requires("admin")
    def stop(webhook_id: uuid.UUID) -> ResponseReturnValue:
        """Tell it nothing more."""
        with db().transaction() as session:
            hooks.stop(session, webhook_id, clock.now(), who=who())
        flash(_("Cette adresse n’est plus prévenue de rien."), "done")
        return redirect(url_for(".webhook", webhook_id=webhook_id), 303)

    @blueprint.post("/adresses/<uuid:webhook_id>/reprise")
    @requires("admin")
    def again(webhook_id: uuid.UUID) -> ResponseReturnValue:
        """Start again, with what was given up."""
        with db().transaction() as session:
            count = hooks.tell_again(session, webhook_id, clock.now(), who=who())
        flash(_("L’adresse est de nouveau prévenue ; envois repris : %(count)d.", count=count), "done")
        return redirect(url_for(".webhook", webhook_id=webhook_id), 303)

    @blueprint.post("/adresses/<uuid:webhook_id>/cle")
    @requires("admin")
    def turn_key(webhook_id: uuid.UUID) -> ResponseReturnValue:
        """Another signing key; the one before signs too for a day."""
        with db().transaction() as session:
            hooks.turn_key(session, webhook_id, clock.now(), who=who())
        flash(
            _("La clé est changée : donnez la nouvelle au programme. L’ancienne signe aussi pendant un jour."), "done"
        )
        return redirect(url_for(".webhook", webhook_id=webhook_id), 303)

    @blueprint.post("/envois/<uuid:delivery_id>/rejouer")
    @requires("admin")
    def replay(delivery_id: uuid.UUID) -> ResponseReturnValue:
        """Tell one fact once more."""
        with db().transaction() as session:
            webhook_id = hooks.replay(session, delivery_id, clock.now(), who=who())
        flash(
            _("Cet envoi repart dans la seconde, sous le même numéro : qui l’a déjà ne le compte pas deux fois."),
            "done",
        )
        return redirect(url_for(".webhook", webhook_id=webhook_id), 303)
