"""Subscribing by oneself: a form for everybody, and the page behind the link that it mails.

The form says the same thing whether the address is known or not. Following the link changes nothing; its button
does, and needs no cookie: the link is the proof.
"""

from __future__ import annotations

import marshmallow as ma
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import fields, validate

from services.mailer import lists, mailed_links, signup
from services.mailer.models.lists import MailedLink
from services.mailer.web.house import house
from shared import clock
from shared.errors import RuleError
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited, public_form

blueprint = Blueprint("signup", __name__, url_prefix="/abonnement")
links = Blueprint("signup_links", __name__, url_prefix="/abonnement/confirmer")


class SignupForm(ma.Schema):
    email = fields.String(required=True, validate=validate.Length(min=1, max=254))
    first_name = fields.String(load_default="", validate=validate.Length(max=120))
    last_name = fields.String(load_default="", validate=validate.Length(max=120))
    structure = fields.String(load_default="", validate=validate.Length(max=200))
    lists = fields.List(fields.String(validate=validate.Length(max=60)), load_default=list)
    site_web = fields.String(load_default="")


def language() -> str:
    return "en" if str(get_locale() or "fr").startswith("en") else "fr"


@blueprint.get("")
def show() -> str:
    asked = request.args.getlist("liste")[:20]
    return _page(Loaded.of({"lists": asked} if asked else {}))


def _page(form: Loaded) -> str:
    with db().reading() as session:
        choices = [(one.key, *one.words(language())) for one in lists.every(session) if one.open]
    if len(choices) == 1:
        form.raw.setdefault("lists", [choices[0][0]])
    return render_template("lists/signup.html", form=form, choices=choices)


@blueprint.post("")
@limited(60, "hour")
@public_form
def ask() -> ResponseReturnValue:
    form = load(SignupForm(), request.form)
    if form.data is None:
        if not request.form.getlist("lists"):
            form.refuse("lists", _("Choisissez au moins une lettre."))
        return _page(form), 422
    if not form.data["site_web"]:  # a robot is told the same, and nothing is mailed
        try:
            with db().transaction() as session:
                ours = house(session)
                signup.ask(
                    session,
                    form.data,
                    organiser={"name": ours.organiser, "email": ours.reply_to},
                    public_url=settings().public_url,
                    language=language(),
                    now=clock.now(),
                )
        except RuleError as refusal:
            form.take(refusal)
            return _page(form), 422
    return render_template("lists/signup_sent.html", days=mailed_links.LASTS["subscribe"].days)


@links.get("/<token>")
def look(token: str) -> str:
    with db().reading() as session:
        return _confirmation(token, signup.open_with(session, token, clock.now()))


@links.post("/<token>")
@limited(60, "minute")
def confirm(token: str) -> str:
    with db().transaction() as session:
        link = signup.confirm(session, token, clock.now())
    return _confirmation(token, link)


def _confirmation(token: str, link: MailedLink) -> str:
    with db().reading() as session:
        chosen = [one.words(language()) for one in lists.every(session) if one.key in link.asked["lists"]]
    return render_template("lists/confirm.html", token=token, link=link, chosen=chosen)
