"""Step 1 of nine for the staff: invite people to an event, and see who answered. Next: use_cases/inviting.py."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from typing import Any, TypedDict

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.invitations import Invitation, InvitationRound
from services.registration.queries import invitable as lists
from services.registration.queries import invitations as queries
from services.registration.queries.mails import FATES
from services.registration.rules import invitations as rules
from services.registration.rules.lists import fingerprint
from services.registration.use_cases import inviting as use_cases
from services.registration.web import invitable, selection
from services.registration.web import invitation_preview as preview
from services.registration.web.events import find
from services.registration.web.happened import INVITATIONS
from shared import audit, clock
from shared.clock import PARIS
from shared.db import new_id
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db, files, mail_words
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _, ngettext, pgettext

blueprint = Blueprint("invitations", __name__, url_prefix="/equipe/evenements/<slug>/invitations")


class ListForm(ma.Schema):
    """Where the people come from. Lengths are the rules' to judge."""

    source = fields.String(load_default="")
    origin = fields.String(load_default="")


class WordForm(ma.Schema):
    word = fields.String(load_default="", metadata={"multiline": True})
    word_en = fields.String(load_default="", metadata={"multiline": True})


@blueprint.get("")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Who was invited, and where each stands; what has left, and what may still be taken back."""
    search, where = request.args.get("q", "")[:200].replace("\x00", ""), request.args.get("etat", "")
    where = where if where in rules.STATES else ""
    with db().reading() as session:
        event = find(session, slug)
        now = clock.now()
        found = queries.how_many(session, event.id, search=search, where=where)
        pages = max(1, math.ceil(found / queries.PAGE))
        page = min(max(1, request.args.get("page", 1, type=int) or 1), pages)
        return render_template(
            "invitations/index.html",
            event=event,
            counts=queries.counts(session, event.id),
            states=_states(),
            rounds=queries.rounds(session, event.id),
            round_state=_round_state,
            rows=list(queries.listed(session, event.id, search=search, where=where, page=page)),
            found=found,
            page=page,
            pages=pages,
            search=search,
            where=where,
            to_remind=queries.count_to_remind(session, event.id, now),
            closed=_closed(event),
            kept_days=rules.KEPT.days,
        )


@blueprint.get("/export.csv")
@requires("staff", "auditor")
def export(slug: str) -> Response:
    """A line a person; no cell runs as a formula."""
    with db().reading() as session:
        event = find(session, slug)
        rows = list(_rows(session, event.id))
    return files.as_csv(rows, f"invitations-{slug}.csv")


def _rows(session: Session, event_id: uuid.UUID) -> Iterator[list[Any]]:
    yield [pgettext("of a person", "Nom"), _("Prénom"), _("Adresse électronique"), _("Structure"), _("Langue"),
           _("État"), _("Dernier courriel"), _("D’où vient l’adresse")]  # fmt: skip
    spoken = {"fr": _("français"), "en": _("anglais")}
    states = _states()
    for one in queries.listed(session, event_id):
        person = one.invitation
        sent = one.told.astimezone(PARIS).strftime("%d/%m/%Y %H:%M") if one.told else ""
        yield [person.last_name, person.first_name, person.email, person.known.get("structure", ""),
               spoken[person.locale], states[one.state][0], sent, person.origin]  # fmt: skip


@blueprint.get("/nouvelles")
@requires("staff")
def new(slug: str) -> str:
    """Whom to invite: a file, a list of another event, a group, the members."""
    return _new(slug, Loaded())


@blueprint.get("/ailleurs")
@requires("staff")
def elsewhere(slug: str) -> str:
    """The selection of a list of this event, to be invited to another one."""
    wanted = invitable.living(selection.wanted(request.args))
    with db().reading() as session:
        event = find(session, slug)
        return render_template(
            "invitations/elsewhere.html",
            event=event,
            chosen=selection.said(session, event.id, wanted),
            kept_fields=selection.pairs(wanted),
            events=lists.open_to(session, event.id, clock.now()),
        )


@blueprint.post("/nouvelles")
@requires("staff")
@limited(60)
def read(slug: str) -> ResponseReturnValue:
    """Keep the list for the preview; nobody is invited."""
    typed = load(ListForm(), request.form)
    if typed.data is None:
        return _new(slug, typed), 422
    try:
        with db().transaction() as session:
            event = find(session, slug)
            source, lines = invitable.chosen(session, **typed.data)
            round_id = use_cases.keep(session, event, source, lines, clock.now(), who=who())
    except (RuleError, NotFound) as error:
        typed.refuse(error.field or "source", _(error.message))
        return _new(slug, typed), error.status
    return redirect(url_for(".show", slug=slug, round_id=round_id), 303)


@blueprint.get("/<uuid:round_id>")
@requires("staff", "auditor")
def show(slug: str, round_id: uuid.UUID) -> str:
    """Before: who is invited, who is left out and why, and the mail. After: what has left."""
    return _round(slug, round_id, Loaded())


@blueprint.post("/<uuid:round_id>")
@requires("staff")
@limited(60)
def confirm(slug: str, round_id: uuid.UUID) -> ResponseReturnValue:
    """The mail again with the word of the team; with `confirm`, the window starts."""
    typed, word = _word()
    try:
        rules.check_word(*word)
        if typed.data is None or "confirm" not in request.form:
            return _round(slug, round_id, typed), 422 if typed.data is None else 200
        with db().transaction() as session:
            event = find(session, slug)
            use_cases.confirm(session, event, round_id, word, clock.now(), **_shown(), who=who())
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _round(slug, round_id, typed), error.status
    return _confirmed(slug, round_id)


@blueprint.get("/rappel")
@requires("staff")
def ask_reminder(slug: str) -> str:
    return _reminder(slug, Loaded(), new_id())


@blueprint.post("/rappel")
@requires("staff")
@limited(60)
def remind(slug: str) -> ResponseReturnValue:
    """Once, to who has not answered for seven days; first the mail, then the window."""
    typed, word = _word()
    try:
        key = uuid.UUID(request.form.get("key", ""))
    except ValueError:
        key = new_id()
    try:
        rules.check_word(*word)
        if typed.data is None or "confirm" not in request.form:
            return _reminder(slug, typed, key), 422 if typed.data is None else 200
        with db().transaction() as session:
            event = find(session, slug)
            use_cases.remind(session, event, key, word, clock.now(), **_shown(), who=who())
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _reminder(slug, typed, key), error.status
    return _confirmed(slug, key)


@blueprint.post("/<uuid:round_id>/reprendre")
@requires("staff")
def cancel(slug: str, round_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.cancel(session, find(session, slug).id, round_id, clock.now(), who=who())
    flash(_("C’est repris : aucun courriel ne part plus."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/personne/<uuid:invitation_id>")
@requires("staff", "auditor")
def person(slug: str, invitation_id: uuid.UUID) -> str:
    """One invited person: where they stand, the mails, and what may be done."""
    with db().reading() as session:
        event = find(session, slug)
        one = use_cases.invitation(session, event.id, invitation_id)
        state = queries.states(session, event.id, [one.id])[one.id]
        return render_template(
            "invitations/person.html",
            event=event,
            one=one,
            state=state,
            stopped=queries.stopped(session, one.email_hash),
            said=_states()[state],
            source=_(rules.SOURCES[one.source]),
            mails=mail_words.said(queries.fates(session, one), FATES),
            history=audit.history(session, "invitation", one.id),
            happened={what: _(words) for what, words in INVITATIONS.items()},
            closed=_closed(event),
        )


@blueprint.post("/personne/<uuid:invitation_id>/de-nouveau")
@requires("staff")
def invite_again(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        round_id = use_cases.invite_again(session, event, invitation_id, clock.now(), who=who()).id
    return _confirmed(slug, round_id)


@blueprint.post("/personne/<uuid:invitation_id>/reprendre")
@requires("staff")
def take_back(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.take_back(session, find(session, slug).id, invitation_id, clock.now(), who=who())
    flash(_("L’invitation est reprise : son lien le dit à qui l’ouvre."), "done")
    return redirect(url_for(".person", slug=slug, invitation_id=invitation_id), 303)


def _word() -> tuple[Loaded, tuple[str, str]]:
    """What was typed; the word is empty where it cannot be kept, and the form says why."""
    typed = load(WordForm(), request.form)
    data = typed.data or {"word": "", "word_en": ""}
    return typed, (data["word"], data["word_en"])


class _Shown(TypedDict):
    expected: int
    seen: str


def _shown() -> _Shown:
    """Whom the page showed: how many, and their fingerprint."""
    typed = request.form.get("people", "")
    many = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else -1
    return {"expected": many, "seen": request.form.get("seen", "")}


def _confirmed(slug: str, round_id: uuid.UUID) -> ResponseReturnValue:
    flash(_("C’est confirmé. Rien ne part avant dix minutes : d’ici là, vous pouvez tout reprendre."), "done")
    return redirect(url_for(".show", slug=slug, round_id=round_id), 303)


def _closed(event: Event) -> str:
    """Why nobody can be invited just now; "" when one can."""
    try:
        use_cases.refuse_closed(event, clock.now())
    except RuleError as error:
        return _(error.message)
    return ""


def _new(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        return render_template(
            "invitations/new.html",
            event=event,
            form=typed,
            options=invitable.options(session, event),
            closed=_closed(event),
            labels={
                "source": _("D’une liste que nous avons"),
                "file": _("Fichier"),
                "origin": _("D’où viennent ces adresses"),
            },
            most=rules.MOST,
        )


def _round(slug: str, round_id: uuid.UUID, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        row = use_cases.find(session, event.id, round_id)
        lines = queries.judged(session, event.id, row.id)
        new = [one for one, outcome in lines if outcome == "new"]
        left_out = [(one, outcome) for one, outcome in lines if outcome != "new"]
        reasons = [
            (_(words), count)
            for key, words in rules.LEFT_OUT.items()
            if (count := sum(1 for _one, outcome in left_out if outcome == key))
        ]
        first = new[0].person if new else None
        return render_template(
            "invitations/round.html",
            event=event,
            row=row,
            form=typed,
            new=new,
            seen=queries.fingerprint_of(new),
            left_out=left_out[:200],
            reasons=reasons,
            why={key: _(words) for key, words in rules.LEFT_OUT.items()},
            source=_(rules.SOURCES[row.source]) if row.source else "",
            one=next((one for one in queries.rounds(session, event.id) if one.round.id == row.id), None),
            round_state=_round_state,
            letters=preview.letters(event, preview.as_typed(row, typed), first),
            history=audit.history(session, "invitation_round", row.id),
            happened={what: _(words) for what, words in INVITATIONS.items()},
            may_cancel=row.leaves_at and not row.left_at and not row.cancelled_at and row.kind not in rules.NEWS,
            closed=_closed(event),
            labels=_labels(),
            limits=rules,
        )


def _reminder(slug: str, typed: Loaded, key: uuid.UUID) -> str:
    with db().reading() as session:
        event = find(session, slug)
        now = clock.now()
        ids = list(session.scalars(queries.to_remind(event.id, now)))
        first = session.get_one(Invitation, ids[0]) if ids else None
        row = InvitationRound(kind="reminder", event_id=event.id, word="", word_en="")
        return render_template(
            "invitations/reminder.html",
            event=event,
            form=typed,
            key=key,
            people=len(ids),
            seen=fingerprint(ids),
            last=queries.last_reminder(session, event.id),
            letters=preview.letters(event, preview.as_typed(row, typed), first),
            labels=_labels(),
            limits=rules,
            days=rules.REMIND_AFTER.days,
        )


def _labels() -> dict[str, str]:
    return {"word": _("Un mot de l’équipe"), "word_en": _("Le même, en anglais")}


def _states() -> dict[str, tuple[str, str]]:
    return {key: (_(words), tone) for key, (words, tone) in rules.STATES.items()}


def _round_state(one: queries.Sent) -> tuple[str, str]:
    """(words, tone)"""
    if one.round.cancelled_at:
        taken_back = ngettext("repris après %(num)d départ", "repris après %(num)d départs", one.told)
        return taken_back if one.told else _("repris"), "stop"
    if one.round.left_at:
        return ngettext("parti à %(num)d personne", "parti à %(num)d personnes", one.told), "done"
    if one.round.began_at:
        return _("en train de partir"), "going"
    if one.round.confirmed_at:
        return _("attend la fin du délai"), "wait"
    return _("attend votre confirmation"), "wait"
