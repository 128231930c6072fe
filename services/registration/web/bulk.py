"""Step 1 of nine for the staff: many registrations at once, and filters kept. Next: use_cases/bulk.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import lists as queries
from services.registration.queries.places import places
from services.registration.rules import lists as rules
from services.registration.use_cases import bulk as use_cases
from services.registration.use_cases import filters
from services.registration.web import people, selection
from services.registration.web.events import find
from shared import clock
from shared.db import new_id
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, plain
from shared.web.words import _

blueprint = Blueprint("bulk", __name__, url_prefix="/equipe/evenements/<slug>/inscriptions")

ELSEWHERE = {
    "write": "messages.new",
    "csv": "people.export",
    "xlsx": "people.workbook",
    "invite": "invitations.elsewhere",
}


@blueprint.get("/ensemble")
@requires("staff")
def ask(slug: str) -> ResponseReturnValue:
    """What will happen, to how many, and who: before anything does."""
    kind = request.args.get("action", "")
    if kind in ELSEWHERE:
        address = selection.address(selection.wanted(request.args))
        return redirect(url_for(ELSEWHERE[kind], slug=slug, **address), 303)
    return _page(slug, kind, Loaded(), str(new_id()))


@blueprint.post("/ensemble")
@requires("staff")
def run(slug: str) -> ResponseReturnValue:
    kind, words = request.form.get("action", ""), plain(request.form.get("words", ""))[:2000]
    expected = request.form.get("people", "")
    try:
        action_id = uuid.UUID(request.form.get("key", ""))
    except ValueError:
        action_id = new_id()
    try:
        with db().transaction() as session:
            use_cases.run(
                session,
                find(session, slug).id,
                kind,
                selection.wanted(request.form),
                clock.now(),
                action_id=action_id,
                expected=int(expected) if expected.isascii() and expected.isdigit() and len(expected) < 8 else -1,
                seen=request.form.get("seen", ""),
                words=words,
                add_seats="add_seats" in request.form,
                who=who(),
                site=settings().public_url,
            )
    except RuleError as error:
        typed = Loaded(raw={"words": words})
        typed.refuse(error.field or "", _(error.message))
        return _page(slug, kind, typed, str(action_id)), error.status
    return redirect(url_for(".show", slug=slug, action_id=action_id), 303)


@blueprint.get("/ensemble/<uuid:action_id>")
@requires("staff", "auditor")
def show(slug: str, action_id: uuid.UUID) -> str:
    """What was done, to whom, and what can be taken back."""
    with db().reading() as session:
        event = find(session, slug)
        action = use_cases.find(session, event.id, action_id)
        return render_template(
            "people/bulk_done.html",
            event=event,
            action=action,
            rows=queries.outcomes(session, action_id),
            outcomes=_outcomes(action.kind),
            may_undo=use_cases.may_undo(action, clock.now()),
        )


@blueprint.post("/ensemble/<uuid:action_id>/reprendre")
@requires("staff")
def undo(slug: str, action_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        use_cases.undo(session, event.id, action_id, clock.now(), who=who(), site=settings().public_url)
    flash(_("C’est repris, pour toutes les personnes pour qui c’était possible."), "done")
    return redirect(url_for(".show", slug=slug, action_id=action_id), 303)


@blueprint.post("/filtres")
@requires("staff")
def keep_filter(slug: str) -> ResponseReturnValue:
    wanted = selection.wanted(request.form)
    address = selection.address(wanted)
    typed = Loaded(raw={"name": plain(request.form.get("name", ""))[:200]})
    try:
        with db().transaction() as session:
            filters.keep(session, find(session, slug).id, typed.raw["name"], address, clock.now(), who=who())
    except RuleError as error:
        typed.refuse("name", _(error.message))
        return people.listed(slug, wanted, typed), error.status
    flash(_("Le filtre est gardé, pour toute l’équipe."), "done")
    return redirect(url_for("people.index", slug=slug, **address), 303)


@blueprint.get("/filtres")
@requires("staff")
def back_to_the_list(slug: str) -> ResponseReturnValue:
    """Where the search, the heads and the pages of a list lead that was shown again, its filter without a name."""
    asked = request.query_string.decode("ascii", "replace")
    return redirect(f"{url_for('people.index', slug=slug)}?{asked}", 303)


@blueprint.post("/filtres/<uuid:filter_id>/retirer")
@requires("staff")
def drop_filter(slug: str, filter_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        name = filters.drop(session, find(session, slug).id, filter_id, clock.now(), who=who())
    flash(_("Le filtre « %(name)s » est retiré.", name=name), "done")
    return redirect(url_for("people.index", slug=slug), 303)


def _page(slug: str, kind: str, typed: Loaded, key: str) -> str:
    if kind not in rules.KINDS:
        raise RuleError("bulk-kind", _("Choisissez ce qu’il faut faire."), status=422)
    wanted = selection.wanted(request.values)
    with db().reading() as session:
        event = find(session, slug)
        chosen = use_cases.selected(session, event.id, kind, wanted)
        count = places(session, event.id).event
        free = count.free
        return render_template(
            "people/bulk.html",
            event=event,
            kind=kind,
            form=typed,
            key=key,
            people=len(chosen),
            seen=rules.fingerprint(chosen),
            some=queries.people(session, chosen),
            free=free,
            missing=max(0, len(chosen) - free),
            capacity=count.capacity,
            waiting=count.waiting,
            kept=selection.pairs(wanted),
            back=selection.address(wanted),
            chosen=selection.said(session, event.id, wanted),
            limits=rules,
            known=queries.known_marks(session) if kind == "mark" else [],
            marks=[(one, one) for one in queries.marks(session, event.id)] if kind == "unmark" else [],
            marked=wanted.mark,
        )


def _outcomes(kind: str) -> dict[str, tuple[str, str]]:
    """Outcome -> (words, tone)"""
    done = {"admit": _("place certaine"), "cancel": _("annulée"), "mark": _("marquée"), "unmark": _("retirée")}[kind]
    left = {
        "admit": _("attend toujours"),
        "cancel": _("inchangée"),
        "mark": _("avait déjà cette marque"),
        "unmark": _("ne l’avait pas"),
    }[kind]
    return {
        "done": (done, "done" if kind != "cancel" else "stop"),
        "left": (left, "none"),
        "back": (_("reprise"), "done"),
        "waiting": (_("reprise, en liste d’attente"), "wait"),
    }
