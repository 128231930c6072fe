"""Step 1 of nine for the staff: an assembly until its notice. Next: services/registration/use_cases/assemblies.py."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.models.assembly import Assembly
from services.registration.queries import identity
from services.registration.queries import statutes as queries
from services.registration.queries.statutes import Offer
from services.registration.rules.assembly import statutes
from services.registration.use_cases import assemblies as use_cases
from services.registration.use_cases import assembly_room, convening, second_session
from services.registration.web import answers, assembly_form, board, statutes_words
from shared import audit, clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("assembly_drafts", __name__, url_prefix="/equipe/assemblees")


@blueprint.get("/nouvelle")
@requires("staff")
def new() -> str:
    with db().reading() as session:
        offers = queries.offers(session)
        form = assembly_form.filled(offers, request.args.get("statuts", ""), clock.now())
        assembly_form.fill_elections(form, board.elections(session))
        ours = identity.organiser(session, clock.now())
        form.raw |= {"organiser_name": ours["name"], "organiser_email": ours["email"]}
        return _form(form, offers)


@blueprint.post("/nouvelle")
@requires("staff")
def create() -> ResponseReturnValue:
    return _written(None)


@blueprint.get("/<uuid:assembly_id>/corriger")
@requires("staff")
def correct(assembly_id: uuid.UUID) -> str:
    with db().reading() as session:
        draft = use_cases.still_draft(session, assembly_id)
        offers, own = assembly_form.with_own(queries.offers(session), draft)
        return _form(assembly_form.of(draft, own), offers, assembly_id, seen=use_cases.stamp(draft))


@blueprint.post("/<uuid:assembly_id>/corriger")
@requires("staff")
def save(assembly_id: uuid.UUID) -> ResponseReturnValue:
    return _written(assembly_id)


@blueprint.post("/<uuid:assembly_id>/seconde-seance")
@requires("staff")
def again(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """After a meeting without its quorum: the same agenda, as a draft whose date and place are looked at first."""
    with db().transaction() as session:
        made = second_session.prepare(session, assembly_id, clock.now(), who=who())
    flash(_("La seconde séance est en brouillon. Vérifiez la date et le lieu, puis envoyez les convocations."), "done")
    return redirect(url_for(".correct", assembly_id=made.id), 303)


@blueprint.get("/<uuid:assembly_id>/convoquer")
@requires("staff")
def ask_notice(assembly_id: uuid.UUID) -> str:
    """What leaves, to how many, and whom it cannot reach: after it nothing is corrected any more."""
    problem = ""
    with db().reading() as session:
        assembly = use_cases.still_draft(session, assembly_id)
        try:
            convening.refuse_notice(assembly, clock.now())
        except RuleError as error:
            problem = _(error.message)
        return render_template(
            "assemblies/convene.html",
            assembly=assembly,
            problem=problem,
            seen=use_cases.stamp(assembly),
            reached=sum(bool(voter.email) for voter in assembly.voters),
            unreached=[voter.structure for voter in assembly.voters if not voter.email],
        )


@blueprint.get("/<uuid:assembly_id>/effacer")
@requires("staff")
def ask_removal(assembly_id: uuid.UUID) -> str:
    with db().reading() as session:
        return render_template("assemblies/remove.html", assembly=use_cases.removable(session, assembly_id))


@blueprint.post("/<uuid:assembly_id>/effacer")
@requires("staff")
def remove(assembly_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        rehearsal = use_cases.remove(session, assembly_id, clock.now(), who=who()).rehearsal
    flash(_("La répétition est effacée.") if rehearsal else _("Le brouillon est effacé."), "done")
    return redirect(url_for("assemblies.index"), 303)


def _written(assembly_id: uuid.UUID | None) -> ResponseReturnValue:
    """Create or correct what the form says; refused, the form comes back as it was typed."""
    values = request.form.to_dict()
    with db().reading() as session:
        offers = queries.offers(session)
        if assembly_id:
            offers, _own = assembly_form.with_own(offers, assembly_room.load(session, assembly_id))
    form, draft = assembly_form.read(answers.Posted(values), values, offers)
    seen = values.get("seen", "")
    if draft is None:
        return _form(form, offers, assembly_id, seen=seen), 422
    try:
        with db().transaction() as session:
            if assembly_id:
                made: Assembly = use_cases.correct(session, assembly_id, draft, clock.now(), who=who(), seen=seen)
            else:
                made = use_cases.create(session, draft, clock.now(), who=who())
    except RuleError as error:
        if assembly_id and error.code == "edited-meanwhile":
            return _stale(form, offers, assembly_id), error.status
        form.refuse(error.field or "", _(error.message))
        return _form(form, offers, assembly_id, seen=seen), error.status
    if assembly_id:
        flash(_("Le brouillon est corrigé. Relisez-le, puis envoyez les convocations."), "done")
    else:
        flash(_("L’assemblée est créée, en brouillon. Relisez-la, puis envoyez les convocations."), "done")
    return redirect(url_for("assemblies.show", assembly_id=made.id), 303)


def _stale(form: Loaded, offers: Mapping[str, Offer], assembly_id: uuid.UUID) -> str:
    """What was typed, beside a way to what is saved by now: saved again, it replaces that."""
    with db().reading() as session:
        assembly = use_cases.still_draft(session, assembly_id)
        by = audit.history(session, "assembly", assembly_id)[-1]
        return _form(form, offers, assembly_id, seen=use_cases.stamp(assembly), by=by)


def _form(
    form: Loaded, offers: Mapping[str, Offer], assembly_id: uuid.UUID | None = None, *, seen: str = "", by: Any = None
) -> str:
    """seen: the stamp of the draft that the form was filled with. by: who corrected it meanwhile, and when."""
    labels = {one.key: _(one.label) for offer in offers.values() for one in offer.rules.colleges}
    return render_template(
        "assemblies/new.html",
        form=form,
        assembly_id=assembly_id,
        seen=seen,
        by=by,
        points=range(1, assembly_form.POINTS + 1),
        offers=statutes_words.choices(offers),
        electing=[*labels.items(), (assembly_form.EVERYBODY, _("Toute l’assemblée"))],
        majorities=[("", _("Celle des statuts")), *((key, _(words)) for key, words in statutes.MAJORITIES.items())],
    )
