"""Step 1 of nine: passing a seat on to another person, from the personal page. Next: use_cases/transferring.py."""

from __future__ import annotations

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.queries import public as queries
from services.registration.queries.standing import Standing
from services.registration.rules.choices import N_
from services.registration.use_cases import transferring
from services.registration.web import answers
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _, pgettext

blueprint = Blueprint("transfers", __name__)
blueprint.after_request(keep_private)


class Taker(ma.Schema):
    """Who gets the seat."""

    first_name = answers.line(120, required=True)
    last_name = answers.line(120, required=True)
    email = fields.Email(required=True, validate=validate.Length(max=254))


@blueprint.get("/i/<token>/transmettre")
def ask(token: str) -> ResponseReturnValue:
    """Whom to? Without a certain seat the personal page says so, and how things stand."""
    try:
        with db().reading() as session:
            return _page(token, transferring.may_transfer(session, token), Loaded())
    except RuleError as error:
        return _without(token, error)


@blueprint.post("/i/<token>/transmettre")
@limited(10, "minute")
def pass_on(token: str) -> ResponseReturnValue:
    """What will happen is said first; the same answers with `confirm` do it. A second click does it once."""
    values = request.form.to_dict()
    if values.get("use_email"):
        values |= {"email": values["use_email"], "email_checked": values["use_email"]}
    typed = load(Taker(), answers.Posted(values))
    answers.check_person(typed)
    answers.suggest(typed, values)
    taker = typed.data
    try:
        with db().reading() as session:
            found = transferring.may_transfer(session, token)
    except NotFound:
        with db().reading() as session:
            if taker is not None and (slug := transferring.repeated(session, token, taker)):
                return redirect(url_for(".done", slug=slug), 303)
        raise
    except RuleError as error:
        return _without(token, error)
    if taker is None or "correct" in values:
        return _page(token, found, typed), 422 if typed.data is None else 200
    if "confirm" not in values:
        kept = {name: taker[name] for name in ("first_name", "last_name", "email")}
        kept["email_checked"] = taker["email"]
        return render_template("personal/transfer_confirm.html", token=token, standing=found, taker=taker, kept=kept)
    try:
        with db().transaction() as session:
            transferring.transfer(session, found.registration.id, taker, clock.now(), site=settings().public_url)
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(token, found, typed), error.status
    return redirect(url_for(".done", slug=found.event.slug), 303)


@blueprint.get("/e/<slug>/place-transmise")
def done(slug: str) -> str:
    """The link that led here is closed: nothing personal is shown."""
    with db().reading() as session:
        event = queries.event_page(session, slug, programme=False)
        if event is None:
            raise NotFound("event-unknown", N_("Cet évènement n’existe pas, ou n’est pas encore publié."))
        return render_template("personal/transfer_done.html", event=event)


def _without(token: str, error: RuleError) -> ResponseReturnValue:
    flash(_(error.message), "stop")
    return redirect(url_for("personal.show", token=token), 303)


def _page(token: str, found: Standing, typed: Loaded) -> str:
    labels = {
        "first_name": _("Prénom"),
        "last_name": pgettext("of a person", "Nom"),
        "email": _("Adresse électronique"),
    }
    return render_template("personal/transfer.html", token=token, standing=found, form=typed, labels=labels)
