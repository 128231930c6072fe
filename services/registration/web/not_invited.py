"""Step 1 of nine for the staff: who wants no invitation any more, and says so by telephone. Next:
use_cases/not_inviting.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.models.registrations import Registration
from services.registration.queries import not_invited as queries
from services.registration.rules.people import is_reachable
from services.registration.use_cases import inviting
from services.registration.use_cases import not_inviting as use_cases
from services.registration.web.events import find
from shared import clock
from shared.errors import NotFound
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("not_invited", __name__, url_prefix="/equipe")


class AddressForm(ma.Schema):
    email = fields.Email(required=True, validate=validate.Length(max=254))


@blueprint.get("/evenements/<slug>/ne-plus-inviter")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Of every event: the menu of one is only the way here."""
    return _page(slug, Loaded())


@blueprint.post("/evenements/<slug>/ne-plus-inviter")
@requires("staff")
def note(slug: str) -> ResponseReturnValue:
    form = load(AddressForm(), request.form)
    if form.data is None:
        return _page(slug, form), 422
    with db().transaction() as session:
        find(session, slug)
        email = form.data["email"].strip()
        _say(email, use_cases.note(session, email, clock.now(), again=_again(), who=who()))
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post("/evenements/<slug>/invitations/personne/<uuid:invitation_id>/ne-plus-inviter")
@requires("staff")
def note_invited(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        one = inviting.invitation(session, find(session, slug).id, invitation_id)
        _say(one.email, use_cases.note(session, one.email, clock.now(), again=_again(), who=who()))
    return redirect(url_for("invitations.person", slug=slug, invitation_id=invitation_id), 303)


@blueprint.post("/inscriptions/<uuid:registration_id>/ne-plus-inviter")
@requires("staff")
def note_registered(registration_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        person = session.get(Registration, registration_id)
        if person is None or not is_reachable(person.email):
            raise NotFound("registration-unknown", _("Cette inscription n’existe pas."))
        _say(person.email, use_cases.note_of(session, person, clock.now(), again=_again(), who=who()))
    return redirect(url_for("people.show", registration_id=registration_id), 303)


def _again() -> bool:
    return "again" in request.form


def _say(email: str, changed: bool) -> None:
    if _again():
        said = _("%(email)s peut de nouveau être invitée.") if changed else _("Rien n’empêchait d’inviter %(email)s.")
    else:
        said = (
            _("%(email)s ne sera plus invitée, à aucune rencontre.")
            if changed
            else _("C’était déjà noté : %(email)s n’est plus invitée.")
        )
    flash(said % {"email": email}, "done")


def _page(slug: str, form: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        found, others = queries.stopped(session)
        return render_template("invitations/not_invited.html", event=event, form=form, found=found, others=others)
