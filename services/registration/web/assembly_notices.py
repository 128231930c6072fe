"""Step 1 of nine for the staff: a notice that was sent is corrected. Next: use_cases/convening.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.queries.letters import by_letter_again
from services.registration.rules.assembly import statutes
from services.registration.use_cases import assembly_room, convening
from services.registration.web import answers, assembly_form
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded
from shared.web.words import _, ngettext

blueprint = Blueprint("assembly_notices", __name__, url_prefix="/equipe/assemblees/<uuid:assembly_id>/convocation")
_BUTTONS = ("confirm", "correct", "csrf_token")


@blueprint.get("/corriger")
@requires("staff")
def correct(assembly_id: uuid.UUID) -> str:
    with db().reading() as session:
        assembly = convening.sent(session, assembly_id)
        return _form(assembly, assembly_form.of_notice(assembly), convening.stamp(assembly))


@blueprint.post("/corriger")
@requires("staff")
def save(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """First what changes and whom it reaches; sent once that was read and confirmed."""
    values = request.form.to_dict()
    seen = values.get("seen", "")
    with db().reading() as session:
        assembly = convening.sent(session, assembly_id)
        rules = statutes.from_json(assembly.statutes)
        form, draft = assembly_form.read_notice(answers.Posted(values), values, rules, _lines(assembly))
        if draft is None:
            return _form(assembly, form, seen), 422
        if "correct" in values:
            return _form(assembly, form, seen)
        try:
            if "confirm" not in values:
                return _preview(session, assembly, draft, values)
        except RuleError as error:
            form.refuse(error.field or "", _(error.message))
            return _form(assembly, form, seen), error.status
    try:
        with db().transaction() as session:
            reached = convening.correct(session, assembly_id, draft, clock.now(), who=who(), seen=seen)
    except RuleError as error:
        return _refused(assembly_id, form, seen, error)
    flash(
        ngettext(
            "La convocation est corrigée : %(num)d courriel part.",
            "La convocation est corrigée : %(num)d courriels partent.",
            reached,
        ),
        "done",
    )
    return redirect(url_for("assemblies.show", assembly_id=assembly_id), 303)


def _refused(assembly_id: uuid.UUID, form: Loaded, seen: str, error: RuleError) -> ResponseReturnValue:
    """What was typed comes back; corrected meanwhile by somebody else, it replaces what they wrote only once read."""
    form.refuse(error.field or "", _(error.message))
    with db().reading() as session:
        assembly = convening.sent(session, assembly_id)
        stale = error.code == "edited-meanwhile"
        return _form(assembly, form, convening.stamp(assembly) if stale else seen, stale=stale), error.status


def _lines(assembly: Assembly) -> int:
    """A long agenda has room for two points more."""
    last = max((one.position for one in assembly.motions), default=0)
    return max(assembly_form.POINTS, last + 2)


def _form(assembly: Assembly, form: Loaded, seen: str, *, stale: bool = False) -> str:
    """stale: somebody corrected the notice since; `seen` is of theirs."""
    rules = statutes.from_json(assembly.statutes)
    return render_template(
        "assemblies/correct_notice.html",
        assembly=assembly,
        form=form,
        seen=seen,
        stale=stale,
        rules=rules,
        points=range(1, _lines(assembly) + 1),
        electing=[
            *((one.key, _(one.label)) for one in rules.colleges),
            (assembly_form.EVERYBODY, _("Toute l’assemblée")),
        ],
        majorities=[("", _("Celle des statuts")), *((key, _(words)) for key, words in statutes.MAJORITIES.items())],
    )


def _preview(session: Session, assembly: Assembly, draft: convening.NoticeDraft, values: dict[str, str]) -> str:
    """Raises RuleError for what cannot be sent."""
    found = convening.weigh(assembly, draft, clock.now())
    letters = by_letter_again(session, assembly)
    there = assembly_room.room(session, assembly, clock.now()).there
    return render_template(
        "assemblies/notice_differences.html",
        assembly=assembly,
        draft=draft,
        found=found,
        notice_days=assembly.statutes["notice_days"],
        reached=sum(bool(voter.email) for voter in assembly.voters),
        letters=[voter.structure for voter in letters],
        proxies=len(there.named.keys() - there.lapsed.keys()) if found.another_day else 0,
        kept=[(name, value) for name, value in values.items() if name not in _BUTTONS],
    )
