"""Step 1 of nine for the staff: an assembly begins and ends, each after a question. Next: use_cases/assemblies.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.use_cases import assemblies as use_cases
from services.registration.use_cases import assembly_room, candidates
from services.registration.web.assemblies import done
from services.registration.web.assembly_form import read_candidates
from services.registration.web.assembly_words import titled
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import control_characters, tidy
from shared.web.words import _, ngettext

blueprint = Blueprint("sittings", __name__, url_prefix="/equipe/assemblees/<uuid:assembly_id>")


@blueprint.get("/ouvrir")
@requires("staff")
def ask_opening(assembly_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.state != "convened":
            return redirect(url_for("assemblies.show", assembly_id=assembly_id))
        another_day = assembly.held_at.astimezone(PARIS).date() != clock.now().astimezone(PARIS).date()
        return render_template("assemblies/opening.html", assembly=assembly, another_day=another_day)


@blueprint.post("/ouvrir")
@requires("staff")
def begin(assembly_id: uuid.UUID) -> ResponseReturnValue:
    return done(assembly_id, lambda session: use_cases.open_session(session, assembly_id, clock.now(), who=who()))


@blueprint.post("/candidatures/<uuid:motion_id>")
@requires("staff")
def stand(assembly_id: uuid.UUID, motion_id: uuid.UUID) -> ResponseReturnValue:
    """The list of who stands in one election, as it is now."""

    def write(session: Session) -> None:
        field = f"candidates_{motion_id}"
        text = tidy(request.form.get(field, ""))
        if len(text) > 20_000 or control_characters(text):
            message = _("Ce texte contient des caractères invisibles : recopiez-le à la main.")
            raise RuleError("candidates-unreadable", message, status=422, field=field)
        try:
            people = read_candidates(text)
        except RuleError as error:
            error.field = field
            raise
        motion = candidates.write(session, motion_id, people, clock.now(), who=who())
        if motion.assembly_id != assembly_id:
            raise NotFound("vote-unknown", _("Ce vote n’existe pas."))

    answer = done(assembly_id, write, f"m-{motion_id}")
    if not isinstance(answer, tuple):
        flash(_("Les candidatures sont enregistrées."), "done")
    return answer


@blueprint.get("/suspendre")
@requires("staff")
def ask_suspension(assembly_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.state != "open":
            return redirect(url_for("assemblies.show", assembly_id=assembly_id))
        there = assembly_room.room(session, assembly, clock.now()).there.present
        return render_template("assemblies/suspending.html", assembly=assembly, there=len(there))


@blueprint.post("/suspendre")
@requires("staff")
def suspend(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """A night between two days, or a meal that not everybody comes back from."""

    def empty(session: Session) -> None:
        gone = assembly_room.suspend(session, assembly_id, clock.now(), who=who())
        flash(
            ngettext(
                "La séance est suspendue : %(num)d départ est noté.",
                "La séance est suspendue : %(num)d départs sont notés.",
                gone,
            ),
            "done",
        )

    return done(assembly_id, empty)


@blueprint.get("/lever")
@requires("staff")
def ask_closing(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """What has not been voted is said before the minutes are fixed, not after."""
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.state != "open":
            return redirect(url_for("assemblies.show", assembly_id=assembly_id))
        running = next((motion for motion in assembly.motions if motion.state == "open"), None)
        return render_template("assemblies/closing.html", assembly=assembly, running=running, left=_left(assembly))


@blueprint.post("/lever")
@requires("staff")
def end(assembly_id: uuid.UUID) -> ResponseReturnValue:
    answer = done(assembly_id, lambda session: use_cases.close(session, assembly_id, clock.now(), who=who()))
    if isinstance(answer, tuple):
        return answer
    flash(_("La séance est levée et le procès-verbal arrêté."), "done")
    return redirect(url_for("minutes.show", assembly_id=assembly_id), 303)


def _left(assembly: Assembly) -> list[str]:
    """What the agenda announced and the minutes will say was not voted."""
    titles = [titled(one) for one in assembly.motions if one.kind != "point" and one.state == "planned"]
    parted = {one.round_after_id for one in assembly.motions}
    tied = [
        titled(one)
        for one in assembly.motions
        if one.kind == "election" and (one.decision or {}).get("tied") and one.id not in parted
    ]
    said = [
        ngettext(
            "%(num)d vote n’a pas eu lieu, et le procès-verbal le dira : %(titles)s.",
            "%(num)d votes n’ont pas eu lieu, et le procès-verbal le dira : %(titles)s.",
            len(titles),
            titles=_(" ; ").join(titles),
        )
    ]
    second = [
        ngettext(
            "%(num)d élection attend encore son second tour : %(titles)s.",
            "%(num)d élections attendent encore leur second tour : %(titles)s.",
            len(tied),
            titles=_(" ; ").join(tied),
        )
    ]
    return (said if titles else []) + (second if tied else [])
