"""Step 1 of nine for the staff: an event does not take place. Next: services/registration/use_cases/calling_off.py."""

from __future__ import annotations

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from services.registration.models.events import Event
from services.registration.queries.callings_off import assembly_of, off_alone
from services.registration.use_cases import assembly_calling_off
from services.registration.use_cases.event_editing import concerned
from services.registration.web import answers
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("calling_off", __name__, url_prefix="/equipe/evenements/<slug>/annuler")


class Why(ma.Schema):
    """What the mails and the public page say."""

    reason = answers.line(300, required=True)
    reason_en = answers.line(300)


@blueprint.get("")
@requires("staff")
def ask(slug: str) -> str:
    """What will happen, and to how many."""
    return _page(slug, Loaded())


@blueprint.post("")
@requires("staff")
def call_off(slug: str) -> ResponseReturnValue:
    """The number that was shown comes with the click: if there are others by now, it is shown again."""
    typed = load(Why(), request.form)
    if typed.data is None:
        return _page(slug, typed), 422
    told = request.form.get("told", "")
    try:
        with db().transaction() as session:
            assembly_calling_off.call_off_event(
                session,
                find(session, slug).id,
                clock.now(),
                **typed.data,
                who=who(),
                told=int(told) if told.isascii() and told.isdigit() and len(told) < 8 else -1,
            )
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(slug, typed), error.status
    flash(_("La rencontre est annulée. Rien ne part avant dix minutes : d’ici là, vous pouvez la reprendre."), "done")
    return redirect(url_for("events.show", slug=slug), 303)


@blueprint.post("/reprendre")
@requires("staff")
def take_back(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        event_id = find(session, slug).id
        assembly_calling_off.take_back_event(session, event_id, clock.now(), who=who(), site=settings().public_url)
    flash(_("La rencontre a lieu : personne n’a été prévenu, chaque place est là comme avant."), "done")
    return redirect(url_for("events.show", slug=slug), 303)


def reason(event: Event) -> str:
    """Why it does not take place, in the language of the page; "" when it does."""
    found = event.calling_off if event.state == "called_off" else None
    return found.reason_in(str(get_locale() or "fr")) if found else ""


def _page(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        gone = off_alone(session, event, clock.now())
        return render_template(
            "events/call_off.html",
            event=event,
            form=typed,
            assembly=assembly_of(session, event),
            gone=gone[1] if gone else None,
            people=concerned(session, event, clock.now()),
            begun=event.starts_at <= clock.now(),
            labels={"reason": _("Pourquoi"), "reason_en": _("Pourquoi, en anglais")},
        )
