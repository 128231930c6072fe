"""Step 1 of nine for the staff: register or correct for somebody on the telephone. Next: use_cases/changing.py.

The questions are those of the event's form, read out; agreements are nobody else's to give, and stay as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.registrations import SensitiveAnswers
from services.registration.queries import forms
from services.registration.queries import public as public_queries
from services.registration.queries.places import places
from services.registration.queries.standing import Standing, standing
from services.registration.rules import seats as rules
from services.registration.rules.choices import CONSENTS
from services.registration.rules.people import is_reachable, no_address
from services.registration.use_cases import changing, reading, registering
from services.registration.web import answers, attached, differences, questions, seats
from services.registration.web.events import find
from services.registration.web.people import known
from shared import clock
from shared.errors import Gone, RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("on_behalf", __name__, url_prefix="/equipe")


@blueprint.get("/evenements/<slug>/inscrire")
@requires("staff")
def new(slug: str) -> str:
    with db().reading() as session:
        event = registering.load_event(session, find(session, slug).id)
        asked = answers.Asked(forms.current(session, event.id))
        return _page(session, event, asked, Loaded(raw={"form_key": str(uuid.uuid4())}))


@blueprint.post("/evenements/<slug>/inscrire")
@requires("staff")
def register(slug: str) -> ResponseReturnValue:
    """One registration, by the same grant of seats as the public form. Without an address no mail leaves."""
    values = _values()
    form_key = _key(values)
    with db().reading() as session:
        event = registering.load_event(session, find(session, slug).id)
        form = forms.seen(session, event.id, values.get("form_version", ""), clock.now())
    values |= _unsaid(form, {}) | {"form_key": form_key, "email": values.get("email") or no_address(form_key)}
    files, wrong = attached.receive(form, event.id, values)
    asked = answers.Asked(form, files)
    typed = answers.read(event, values, asked)
    attached.refuse(typed, wrong)
    if typed.data is None:
        with db().reading() as session:
            return _page(session, event, asked, typed), 422
    data = typed.data | {"form_key": form_key, "locale": "fr"}
    try:
        with db().transaction() as session:
            noted = ("registered by staff", who())
            made = registering.register(session, event.id, data, clock.now(), site=settings().public_url, noted=noted)
    except RuleError as error:
        attached.take(typed, error)
        with db().reading() as session:
            return _page(session, registering.load_event(session, event.id), asked, typed), error.status
    if made.token is None:
        flash(_("Cette personne était déjà inscrite : voici son inscription, que rien n’a changée."), "wait")
    elif made.standing and made.standing.registration.status == rules.WAIT_LISTED:
        flash(_("C’est noté : la rencontre est pleine, la personne est sur la liste d’attente."), "wait")
    else:
        flash(_("L’inscription est faite, et sa place certaine."), "done")
    return redirect(url_for("people.show", registration_id=made.registration_id), 303)


@blueprint.get("/inscriptions/<uuid:registration_id>/modifier")
@requires("staff")
def edit(registration_id: uuid.UUID) -> str:
    with db().transaction() as session:
        found = _open(session, registration_id)
        event = registering.load_event(session, found.event.id)
        form = forms.with_chosen(session, registration_id, forms.current(session, event.id))
        if session.get(SensitiveAnswers, registration_id):
            reading.note(session, registration_id, clock.now(), who=who())
        raw = answers.as_raw(event, changing.answers(session, registration_id))
        raw |= questions.raw(forms.given(session, registration_id), form)
        raw["seen"] = changing.stamp(session, registration_id)
        asked = answers.Asked(form, attached.receive(form, event.id, raw, registration_id)[0])
        return _page(session, event, asked, Loaded(raw=raw), found)


@blueprint.post("/inscriptions/<uuid:registration_id>/modifier")
@requires("staff")
def change(registration_id: uuid.UUID) -> ResponseReturnValue:
    """First the differences are shown; the same answers with `confirm` save them, with or without a mail."""
    values = _values()
    with db().reading() as session:
        found = _open(session, registration_id)
        event = registering.load_event(session, found.event.id)
        begun = forms.seen(session, event.id, values.get("form_version", ""), clock.now())
        form = forms.with_chosen(session, registration_id, begun)
        before = changing.answers(session, registration_id)
        none = "" if is_reachable(before["email"]) else before["email"]
        values |= _unsaid(form, before) | {"email": values.get("email") or none}
        files, wrong = attached.receive(form, event.id, values, registration_id)
        asked = answers.Asked(form, files)
        typed = answers.read(event, values, asked)
        attached.refuse(typed, wrong)
        if typed.data is None or "correct" in values:
            return _page(session, event, asked, typed, found), 422 if typed.data is None else 200
        changes = differences.said(session, found, event, form, typed.data)
        if not changes:
            flash(_("Rien n’a changé."), "going")
            return redirect(url_for("people.show", registration_id=registration_id), 303)
        meanwhile = differences.meanwhile(session, registration_id, values)
        if meanwhile or "confirm" not in values:
            return render_template(
                "people/differences.html",
                standing=found,
                event=event,
                changes=changes,
                meanwhile=meanwhile,
                full=differences.lost(session, found, event, typed.data),
                reachable=is_reachable(typed.data["email"]),
                kept=differences.kept(session, registration_id, values, but=("tell", *CONSENTS)),
            ), 409 if meanwhile else 200
    tell = is_reachable(typed.data["email"]) and "tell" in values
    try:
        with db().transaction() as session:
            changing.change(
                session,
                registration_id,
                typed.data,
                clock.now(),
                site=settings().public_url,
                who=who(),
                asked=form.keys,
                tell=tell,
                seen=values.get("seen", ""),
            )
    except RuleError as error:
        attached.take(typed, error)
        with db().reading() as session:
            event = registering.load_event(session, event.id)
            return _page(session, event, asked, typed, standing(session, registration_id)), error.status
    told, silent = _("C’est modifié ; un courriel le dit à la personne."), _("C’est modifié, sans courriel.")
    flash(told if tell else silent, "done")
    return redirect(url_for("people.show", registration_id=registration_id), 303)


def _open(session: Session, registration_id: uuid.UUID) -> Standing:
    """The registration, when it may still be corrected."""
    known(session, registration_id)
    found = standing(session, registration_id)
    if not found.registration.email:
        raise Gone("erased", _("Cette personne a été effacée : il n’y a plus rien à corriger."))
    if found.registration.status == rules.CANCELLED:
        raise RuleError("already-cancelled", _("Cette inscription est annulée : elle ne peut plus être modifiée."))
    return found


def _values() -> dict[str, str]:
    """What was posted; a suggested address that was taken replaces the one that was typed."""
    values: dict[str, str] = request.form.to_dict()
    if values.get("use_email"):
        values |= {"email": values["use_email"], "email_checked": values["use_email"]}
    return values | {"email": values.get("email", "").strip()}


def _unsaid(form: forms.Form, before: Mapping[str, object]) -> dict[str, str]:
    """The agreements of the form as the person gave them, whatever was posted."""
    return {name: "true" if before.get(name) else "false" for name in CONSENTS if name in form.keys}


def _key(values: Mapping[str, str]) -> str:
    """What makes a second click the same registration."""
    try:
        return str(uuid.UUID(values.get("form_key", "")))
    except ValueError:
        return str(uuid.uuid4())


def _closed(event: Event) -> str:
    """Why nobody can register alone now, and whether the staff may all the same; "" when anybody can."""
    when = (event.state, event.opens_at, event.closes_at, event.ends_at, clock.now())
    try:
        rules.refuse_closed(*when)
        return ""
    except RuleError as error:
        why = _(error.message)
    try:
        rules.refuse_closed(*when, by_staff=True)
    except RuleError:
        return why
    return why + " " + _("Vous pouvez inscrire cette personne quand même.")


def _page(session: Session, event: Event, asked: answers.Asked, typed: Loaded, found: Standing | None = None) -> str:
    """The form; found: whose answers are corrected, None for somebody new."""
    if not is_reachable(str(typed.raw.get("email", ""))):
        typed.raw["email"] = ""
    return render_template(
        "people/on_behalf.html",
        standing=found,
        closed="" if found else _closed(event),
        event=event,
        form=typed,
        places=seats.said(places(session, event.id)),
        mine={place.workshop.id: place for place in found.places} if found else {},
        structures=public_queries.known_structures(session),
        agreements=[(name, typed.raw[name]) for name in CONSENTS if name in typed.raw],
        **answers.options(event, asked, typed),
    )
