"""Step 1 of nine for the staff: write to a selection of people. Next: services/registration/use_cases/messages.py."""

from __future__ import annotations

import math
import uuid
from dataclasses import replace

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.queries import messages as queries
from services.registration.queries import selection as selected
from services.registration.queries.selection import Wanted
from services.registration.rules import messages as rules
from services.registration.rules.choices import LIVING
from services.registration.rules.lists import fingerprint
from services.registration.use_cases import messages as use_cases
from services.registration.web import selection
from services.registration.web.events import find
from services.registration.web.happened import MESSAGE
from shared import audit, clock
from shared.db import new_id
from shared.errors import RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _, ngettext

blueprint = Blueprint("messages", __name__, url_prefix="/equipe/evenements/<slug>/messages")


class MessageForm(ma.Schema):
    """Lengths are the rule's to judge: it says what is too long."""

    subject = fields.String(load_default="")
    body = fields.String(load_default="", metadata={"multiline": True})
    subject_en = fields.String(load_default="")
    body_en = fields.String(load_default="", metadata={"multiline": True})


@blueprint.get("")
@requires("staff", "auditor")
def index(slug: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        rows = queries.of_event(session, event.id)
        return render_template("messages/index.html", event=event, rows=rows, state=_state)


@blueprint.get("/nouveau")
@requires("staff")
def new(slug: str) -> str:
    """The selection comes with the address, as the list of registrations says it; without who cancelled, unless they
    were asked for by their state or one by one."""
    wanted = selection.wanted(request.args)
    if not (wanted.status or wanted.ids):
        with db().reading() as session:
            called_off = find(session, slug).state == "called_off"
        wanted = wanted if called_off else replace(wanted, status=LIVING)
    return _page(slug, Loaded(), wanted, "write", str(new_id()))


@blueprint.post("/nouveau")
@requires("staff")
@limited(60, "minute")
def write(slug: str) -> ResponseReturnValue:
    """First a preview as one of the people, with `trial` mailed to who writes; the same words with `confirm` start the
    window."""
    wanted = selection.wanted(request.form)
    typed = load(MessageForm(), request.form)
    message_id, expected = _key(request.form.get("key", "")), request.form.get("people", "")
    if "include" in request.form:
        return _page(slug, typed, replace(wanted, status=""), "write", str(message_id))
    if typed.data is None or "correct" in request.form:
        return _page(slug, typed, wanted, "write", str(message_id)), 422 if typed.data is None else 200
    words = use_cases.Words(**typed.data)
    try:
        words.check()
        if "trial" in request.form:
            _send_trial(slug, words)
        if "confirm" not in request.form:
            return _page(slug, typed, wanted, "preview", str(message_id))
        with db().transaction() as session:
            use_cases.confirm(
                session,
                find(session, slug).id,
                words,
                wanted,
                clock.now(),
                message_id=message_id,
                selection=selection.address(wanted),
                expected=int(expected) if expected.isascii() and expected.isdigit() and len(expected) < 8 else -1,
                seen=request.form.get("seen", ""),
                who=who(),
            )
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        step = "preview" if error.code == "message-moved" else "write"
        return _page(slug, typed, wanted, step, str(message_id)), error.status
    flash(_("C’est confirmé. Rien ne part avant dix minutes : d’ici là, vous pouvez reprendre le message."), "done")
    return redirect(url_for(".show", slug=slug, message_id=message_id), 303)


def _send_trial(slug: str, words: use_cases.Words) -> None:
    staff = current_staff()
    assert staff is not None
    with db().transaction() as session:
        use_cases.send_trial(session, find(session, slug), words, staff, site=settings().public_url)
    flash(_("L’essai part à %(email)s, et à personne d’autre.", email=staff.email), "done")


@blueprint.get("/<uuid:message_id>")
@requires("staff", "auditor")
def show(slug: str, message_id: uuid.UUID) -> str:
    """What was written, to whom, and what has left."""
    with db().reading() as session:
        event = find(session, slug)
        message = use_cases.find(session, event.id, message_id)
        one = queries.counted(session, message)
        pages = max(1, math.ceil(one.people / queries.PAGE))
        page = min(max(1, request.args.get("page", 1, type=int) or 1), pages)
        return render_template(
            "messages/show.html",
            event=event,
            message=message,
            one=one,
            state=_state,
            chosen=selection.said(session, event.id, selection.wanted(message.selection)),
            rows=queries.recipients(session, message_id, page=page),
            page=page,
            pages=pages,
            history=audit.history(session, "message", message_id),
            happened={what: _(words) for what, words in MESSAGE.items()},
            may_cancel=message.began_at is None and message.cancelled_at is None and clock.now() < message.leaves_at,
        )


@blueprint.post("/<uuid:message_id>/reprendre")
@requires("staff")
def cancel(slug: str, message_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.cancel(session, find(session, slug).id, message_id, clock.now(), who=who())
    flash(_("Le message est repris : personne ne le reçoit."), "done")
    return redirect(url_for(".show", slug=slug, message_id=message_id), 303)


def _page(slug: str, typed: Loaded, wanted: Wanted, step: str, key: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        reached, people = queries.reached(session, event.id, wanted)
        count = len(reached)
        as_whom = next(
            (one for one in people if str(one.id) == request.form.get("as", "")), people[0] if people else None
        )
        words = [str(typed.raw.get(name, "")) for name in ("subject", "body", "subject_en", "body_en")]
        shown = rules.in_language(as_whom.locale if as_whom else "fr", *words)
        return render_template(
            f"messages/{step}.html",
            event=event,
            form=typed,
            key=key,
            people=count,
            seen=fingerprint(reached),
            wanted=wanted,
            cancelled=_cancelled(session, event, wanted, count),
            unreached=selected.without_address(session, event.id, wanted),
            some=people,
            as_whom=as_whom,
            subject=shown[0],
            body=shown[1],
            selected=selection.address(wanted),
            kept_fields=selection.pairs(wanted),
            chosen=selection.said(session, event.id, wanted),
            labels={
                "subject": _("Objet"),
                "body": _("Message"),
                "subject_en": _("Objet en anglais"),
                "body_en": _("Message en anglais"),
            },
            limits=rules,
        )


def _cancelled(session: Session, event: Event, wanted: Wanted, count: int) -> int:
    """How many only cancelled registrations are for, of the selection or of what it leaves out as such."""
    if event.state == "called_off" or wanted.status not in ("", LIVING):
        return 0
    other, _people = queries.reached(session, event.id, replace(wanted, status="" if wanted.status else LIVING))
    return abs(count - len(other))


def _key(text: str) -> uuid.UUID:
    """What makes two confirmations one: it was in the form from the start."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_id()


def _state(one: queries.Sent) -> tuple[str, str]:
    """(words, tone)"""
    if one.message.cancelled_at:
        return (_("non envoyé"), "stop") if one.overtaken else (_("repris"), "stop")
    if one.message.left_at:
        return ngettext("parti à %(num)d personne", "parti à %(num)d personnes", one.told), "done"
    if one.message.began_at:
        return _("en train de partir"), "going"
    if one.overtaken:
        return _("retenu : la rencontre est annulée"), "wait"
    return _("attend la fin du délai"), "wait"
