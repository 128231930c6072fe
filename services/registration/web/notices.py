"""Step 1 of nine for the staff: who is told by mail of new registrations, and the link that stops it.

Next: services/registration/use_cases/notices.py.
"""

from __future__ import annotations

import uuid

import marshmallow as ma
import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.models.notices import Notice
from services.registration.queries import notices as queries
from services.registration.queries.mails import FATES
from services.registration.rules import notices as rules
from services.registration.use_cases import notices as use_cases
from services.registration.web import answers
from services.registration.web.events import find
from shared import clock
from shared.contracts.parts import LOCALES
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, mail_words, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("notices", __name__)
_STAFF = "/equipe/evenements/<slug>/avis-par-courriel"
OTHER = "other"


class Fields(ma.Schema):
    whom = fields.String(required=True, validate=validate.Length(1, 40))
    email = fields.String(load_default="", validate=validate.Length(max=254))
    how = fields.String(required=True, validate=validate.OneOf(list(rules.HOW)))
    locale = fields.String(load_default="fr", validate=validate.OneOf(LOCALES))


@blueprint.get(_STAFF)
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Who is told, and how; the form for one more."""
    return _page(slug, Loaded())


@blueprint.post(_STAFF)
@requires("staff")
def keep(slug: str) -> ResponseReturnValue:
    """One more, or the same person in another way."""
    typed = load(Fields(), request.form)
    whom: dict[str, object] = {}
    if typed.data is not None:
        if typed.data["whom"] == OTHER:
            checked = answers.address({"email": typed.data["email"], "email_checked": typed.data["email"]})
            for message in checked.errors.get("email", []):
                typed.refuse("email", message)
            whom = {"email": (checked.data or {}).get("email", "")}
        else:
            try:
                whom = {"staff_id": uuid.UUID(typed.data["whom"])}
            except ValueError:
                typed.refuse("whom", _("Choisissez dans la liste."))
    if typed.data is None:
        return _page(slug, typed), 422
    how, locale = typed.data["how"], typed.data["locale"]
    try:
        with db().transaction() as session:
            event_id = find(session, slug).id
            use_cases.keep(session, event_id, how, clock.now(), who=who(), locale=locale, **whom)  # type: ignore[arg-type]
    except RuleError as error:
        typed.take(error)
        return _page(slug, typed), error.status
    flash(_("C’est réglé, à partir de maintenant."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{_STAFF}/<uuid:notice_id>/arreter")
@requires("staff")
def drop(slug: str, notice_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.drop(session, find(session, slug).id, notice_id, clock.now(), who=who())
    flash(_("C’est arrêté : plus aucun courriel ne part."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/avis-par-courriel/<token>")
def ask(token: str) -> str:
    """By the link of a mail: what would stop. Opening it stops nothing, for programs open links too."""
    with db().reading() as session:
        found = use_cases.of_link(session, settings().secret_key, token)
        return render_template("personal/notice_stop.html", token=token, event=found and found[1])


@blueprint.post("/avis-par-courriel/<token>")
@limited(60)
def stop(token: str) -> ResponseReturnValue:
    """Again changes nothing, and says the same."""
    with db().transaction() as session:
        found = use_cases.of_link(session, settings().secret_key, token)
        if found is not None:
            notice, event = found
            use_cases.drop(session, event.id, notice.id, clock.now(), who="organiser")
    return redirect(url_for(".ask", token=token), 303)


def _page(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        rows = queries.told(session, event.id)
        lost = FATES.waiting(session, sa.select(Notice.id).where(Notice.event_id == event.id))
        return render_template(
            "events/notices.html",
            event=event,
            form=typed,
            rows=rows,
            lost={thing: mail_words.said([fate], FATES)[0] for thing, fate in lost.items()},
            how={key: _(words) for key, words in rules.HOW.items()},
            whom=[*((str(one.id), one.name) for one in queries.staff(session)), (OTHER, _("Une autre adresse"))],
            spoken=[("fr", _("Français")), ("en", _("Anglais"))],
            most=rules.MOST,
            labels=_labels(),
        )


def _labels() -> dict[str, str]:
    return {
        "whom": _("À qui"),
        "email": _("L’adresse, si elle n’est pas celle d’un compte"),
        "how": _("Quand"),
        "locale": _("Langue du courriel"),
    }
