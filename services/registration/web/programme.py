"""Step 1 of nine for the staff: the time-table, and each of its lines. Next: use_cases/programme_editing.py."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event, Slot, Workshop
from services.registration.queries import programme as queries
from services.registration.rules import editing, timetable
from services.registration.use_cases import programme_editing as use_cases
from services.registration.web import programme_form as forms
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.words import _, ngettext

blueprint = Blueprint("programme", __name__, url_prefix="/equipe/evenements/<slug>/programme")

_KINDS = "<any(moment, creneau, atelier):kind>"
_BUTTONS = ("csrf_token", "confirm", "correct", "tell", "told")


@blueprint.get("/")
@requires("staff")
def index(slug: str) -> str:
    """Rooms side by side, what does not fit together, and every line."""
    with db().reading() as session:
        event = find(session, slug)
        found = forms.uses(event)
        return render_template(
            "events/programme.html",
            event=event,
            days=timetable.days(found),
            warnings=forms.warnings(event, found),
            lines=sorted(
                [*event.programme, *event.slots], key=lambda line: (line.starts_at, isinstance(line, Slot), line.id)
            ),
            speaker=forms.speaker,
            several=len(forms.days(event)) > 1,
        )


@blueprint.get(f"/{_KINDS}/nouveau")
@requires("staff")
def new(slug: str, kind: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        raw: dict[str, Any] = {"day": forms.days(event)[0][0], "creneau": request.args.get("creneau", "")}
        return _page(event, kind, None, Loaded.of(raw))


@blueprint.post(f"/{_KINDS}/nouveau")
@requires("staff")
def add(slug: str, kind: str) -> ResponseReturnValue:
    posted = request.form.to_dict()
    with db().reading() as session:
        event = find(session, slug)
        typed, data = forms.read(kind, posted, event)
        slot = next((one for one in event.slots if str(one.id) == posted.get("creneau")), None)
        if kind == forms.WORKSHOP and slot is None:
            typed.refuse("creneau", _("Choisissez dans la liste."))
        if data is None or typed.data is None:
            return _page(event, kind, None, typed), 422
    with db().transaction() as session:
        use_cases.add(session, event.id, kind, data, clock.now(), who=who(), slot_id=slot.id if slot else None)
    flash(_("C’est ajouté au programme."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get(f"/{_KINDS}/<uuid:entry_id>")
@requires("staff")
def edit(slug: str, kind: str, entry_id: uuid.UUID) -> str:
    with db().reading() as session:
        event = find(session, slug)
        entry = use_cases.load(event, kind, entry_id)
        kept = use_cases.values(session, kind, entry)
        return _page(event, kind, entry, Loaded.of(forms.filled(kept) | {"seen": editing.stamp(kept)}))


@blueprint.post(f"/{_KINDS}/<uuid:entry_id>")
@requires("staff")
def change(slug: str, kind: str, entry_id: uuid.UUID) -> ResponseReturnValue:
    """First the differences are shown; the same answers with `confirm` save them."""
    posted = request.form.to_dict()
    back = url_for(".index", slug=slug)
    with db().reading() as session:
        event = find(session, slug)
        entry = use_cases.load(event, kind, entry_id)
        kept = use_cases.values(session, kind, entry)
        typed, data = forms.read(kind, posted, event)
        if data is None or "correct" in posted:
            return _page(event, kind, entry, typed), 200 if data else 422
        if editing.stamp(kept) != posted.get("seen"):
            return _stale(event, kind, entry, typed, kept), 409
        changes = editing.differences(kept, data)
        if not changes:
            flash(_("Rien n’a changé."), "going")
            return redirect(back, 303)
        if "confirm" not in posted:
            words = forms.labels()
            return render_template(
                "events/edit_differences.html",
                event=event,
                back=back,
                changes=[(words[name], forms.said(old), forms.said(new)) for name, old, new in changes],
                people=use_cases.concerned(session, kind, entry, changes),
                tell="",
                kept=[(name, value) for name, value in posted.items() if name not in _BUTTONS],
            )
    try:
        with db().transaction() as session:
            told = use_cases.change(
                session,
                event.id,
                kind,
                entry_id,
                data,
                clock.now(),
                who=who(),
                site=settings().public_url,
                seen=posted.get("seen", ""),
                tell=posted.get("tell") == "yes",
            )
    except RuleError as error:
        with db().reading() as session:
            event = find(session, slug)
            entry = use_cases.load(event, kind, entry_id)
            if error.code == "edited-meanwhile":
                return _stale(event, kind, entry, typed, use_cases.values(session, kind, entry)), 409
            typed.refuse(error.field or "", _(error.message))
            return _page(event, kind, entry, typed), error.status
    flash(
        ngettext(
            "C’est enregistré. %(num)d personne est prévenue par courriel.",
            "C’est enregistré. %(num)d personnes sont prévenues par courriel.",
            told,
        )
        if told
        else _("C’est enregistré."),
        "done",
    )
    return redirect(back, 303)


@blueprint.get(f"/{_KINDS}/<uuid:entry_id>/retirer")
@requires("staff")
def ask_removal(slug: str, kind: str, entry_id: uuid.UUID) -> str:
    with db().reading() as session:
        event = find(session, slug)
        return _removal(session, event, kind, use_cases.load(event, kind, entry_id))


@blueprint.post(f"/{_KINDS}/<uuid:entry_id>/retirer")
@requires("staff")
def remove(slug: str, kind: str, entry_id: uuid.UUID) -> ResponseReturnValue:
    text = request.form.get("move_to", "")
    with db().reading() as session:
        event = find(session, slug)
        target = next((one.id for one in event.workshops if str(one.id) == text), None)
    try:
        with db().transaction() as session:
            moved = use_cases.remove(
                session, event.id, kind, entry_id, clock.now(), who=who(), site=settings().public_url, move_to=target
            )
    except RuleError as error:
        with db().reading() as session:
            event = find(session, slug)
            entry = use_cases.load(event, kind, entry_id)
            return _removal(session, event, kind, entry, said=_(error.message)), error.status
    flash(
        ngettext(
            "C’est retiré. %(num)d personne a d’autres ateliers ou souhaits, et le sait par courriel.",
            "C’est retiré. %(num)d personnes ont d’autres ateliers ou souhaits, et le savent par courriel.",
            moved,
        )
        if moved
        else _("C’est retiré du programme."),
        "done",
    )
    return redirect(url_for(".index", slug=slug), 303)


def _removal(session: Session, event: Event, kind: str, entry: use_cases.Entry, said: str = "") -> str:
    rows = entry.workshops if isinstance(entry, Slot) else [entry] if isinstance(entry, Workshop) else []
    return render_template(
        "events/programme_removal.html",
        event=event,
        kind=kind,
        entry=entry,
        said=said,
        people=sum(queries.chosen_in(session, one.id) for one in rows),
        ranked=len(queries.rankers(session, [one.id for one in rows])) if event.asks_ranks else 0,
        choices=[(str(one.id), one.title) for one in entry.slot.workshops if one is not entry]
        if isinstance(entry, Workshop)
        else [],
    )


def _page(
    event: Event,
    kind: str,
    entry: use_cases.Entry | None,
    form: Loaded,
    theirs: list[tuple[str, str, str]] | None = None,
) -> str:
    return render_template(
        "events/programme_line.html",
        event=event,
        kind=kind,
        entry=entry,
        form=form,
        labels=forms.labels() | {f"name-{number}": _("Qui parle") for number in range(forms.SPEAKERS)},
        days=forms.days(event),
        rows=range(forms.SPEAKERS),
        slots=[(str(one.id), one.label) for one in event.slots],
        rooms=sorted({use.room for use in forms.uses(event) if use.room}),
        theirs=theirs or [],
    )


def _stale(event: Event, kind: str, entry: use_cases.Entry, typed: Loaded, kept: dict[str, Any]) -> str:
    """Both versions side by side; what was typed stays."""
    now, words = forms.filled(kept), forms.labels()
    theirs = [
        (words.get(name, words["speakers"]), str(typed.raw.get(name, "")), str(now.get(name, "")))
        for name in dict.fromkeys([*now, *typed.raw])
        if name not in (*_BUTTONS, "seen") and str(typed.raw.get(name, "")) != str(now.get(name, ""))
    ]
    typed.raw["seen"] = editing.stamp(kept)
    return _page(event, kind, entry, typed, theirs)
