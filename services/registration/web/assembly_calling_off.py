"""Step 1 of nine for the staff: an assembly does not take place. Next: use_cases/assembly_calling_off.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.use_cases import assembly_calling_off as use_cases
from services.registration.use_cases import assembly_room
from services.registration.web.assemblies import done
from services.registration.web.calling_off import Why
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("assembly_calling_off", __name__, url_prefix="/equipe/assemblees/<uuid:assembly_id>/annuler")


@blueprint.get("")
@requires("staff")
def ask(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """What will happen, and to how many; the event that announces it goes with it unless its box is unticked, as it is
    where another assembly of that day may need it."""
    return _page(assembly_id, Loaded())


@blueprint.post("")
@requires("staff")
def call_off(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """The numbers that were shown come with the click: if there are others by now, they are shown again."""
    typed, with_event = load(Why(), request.form), "with_event" in request.form
    if typed.data is None:
        return _page(assembly_id, typed, with_event=with_event, status=422)
    try:
        with db().transaction() as session:
            new = use_cases.call_off(
                session,
                assembly_id,
                clock.now(),
                **typed.data,
                who=who(),
                told=_number("told") + (_number("others") if with_event else 0),
                with_event=with_event,
            )
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(assembly_id, typed, with_event=with_event, status=error.status)
    if new:
        flash(
            _("L’assemblée est annulée. Rien ne part avant dix minutes : d’ici là, vous pouvez la reprendre."), "done"
        )
    else:
        flash(_("L’assemblée était déjà annulée : rien n’a changé, et chacun ne reçoit qu’un courriel."), "wait")
    return redirect(url_for("assemblies.show", assembly_id=assembly_id), 303)


@blueprint.post("/reprendre")
@requires("staff")
def take_back(assembly_id: uuid.UUID) -> ResponseReturnValue:
    answer = done(
        assembly_id,
        lambda session: use_cases.take_back(session, assembly_id, clock.now(), who=who(), site=settings().public_url),
    )
    if not isinstance(answer, tuple):
        flash(_("L’assemblée a lieu : personne n’a été prévenu, chaque pouvoir est là comme avant."), "done")
    return answer


def _number(name: str) -> int:
    """What the page showed; a number that nobody was shown for anything else."""
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else -100_000_000


def _page(
    assembly_id: uuid.UUID, typed: Loaded, *, with_event: bool | None = None, status: int = 200
) -> ResponseReturnValue:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.state != "convened" and not typed.errors:
            return redirect(url_for("assemblies.show", assembly_id=assembly_id))
        people = use_cases.concerned(session, assembly, clock.now())
        page = render_template(
            "assemblies/call_off.html",
            assembly=assembly,
            form=typed,
            people=people,
            with_event=people.beside is None if with_event is None else with_event,
            labels={"reason": _("Pourquoi"), "reason_en": _("Pourquoi, en anglais")},
        )
    return page, status
