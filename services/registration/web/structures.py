"""Step 1 of nine: structures, proposed while typing and looked after by the staff. Next: use_cases/structures.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.models.assembly import Assembly
from services.registration.queries import directory
from services.registration.queries import structures as queries
from services.registration.queries.members import membership_of
from services.registration.queries.support import of_structure
from services.registration.rules.choices import ACTOR_TYPES, N_, STATES
from services.registration.rules.directory import Work
from services.registration.rules.structures import COLLEGES, college
from services.registration.rules.support import KINDS
from services.registration.use_cases import structures as use_cases
from services.registration.web.departments import departments
from services.registration.web.directory import said
from services.registration.web.happened import STRUCTURE
from services.registration.web.people import TONES
from shared import audit, clock
from shared.clock import PARIS
from shared.errors import Refusal, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db
from shared.web.forms import Loaded, control_characters, tidy
from shared.web.limits import limited
from shared.web.words import _, ngettext

OUTCOMES = {
    "filed": N_("déposé"),
    "accepted": N_("recevable"),
    "to_complete": N_("à compléter"),
    "not_eligible": N_("non recevable"),
    "withdrawn": N_("retiré"),
    "selected": N_("retenu"),
    "reserve": N_("en liste de réserve"),
    "not_selected": N_("non retenu"),
}
"""What the jury says of a project, before it reads and after."""

public = Blueprint("structure_names", __name__)
blueprint = Blueprint("structures", __name__, url_prefix="/equipe/structures")


@public.get("/structures.json")
@limited(600, "minute", methods=["GET"])  # a class that types at once
def names() -> Response:
    """Up to eight names that hold what was typed; names only, and none that a single person gave."""
    typed = tidy(request.args.get("q", "")[:200])
    with db().reading() as session:
        found = [] if control_characters(typed) else queries.proposed(session, typed)
    answer = jsonify(found)
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    search = tidy(request.args.get("q", "")[:200]).replace("\x00", "")
    with db().reading() as session:
        return render_template(
            "structures/index.html",
            rows=queries.listed(session, _today(), search),
            alike=[] if search else queries.alike(session),
            search=search,
            types=_types(),
            college=_college,
        )


@blueprint.get("/<uuid:structure_id>")
@requires("staff", "auditor")
def show(structure_id: uuid.UUID) -> str:
    """Everything about one structure on one page."""
    return _page(structure_id, None)


@blueprint.post("/<uuid:structure_id>/nom")
@requires("staff")
def rename(structure_id: uuid.UUID) -> ResponseReturnValue:
    typed = Loaded(raw={name: tidy(value) for name, value in request.form.items() if name != "csrf_token"})
    name = " ".join(str(typed.raw.get("name", "")).split())
    known = typed.raw.get("known") == "true"

    def change(session: Any) -> None:
        use_cases.rename(session, structure_id, name, known, clock.now(), who=who())

    return _done(structure_id, typed, change, _("C’est enregistré."))


@blueprint.post("/<uuid:structure_id>/type")
@requires("staff")
def set_type(structure_id: uuid.UUID) -> ResponseReturnValue:
    """Another actor type from a day on."""
    typed = Loaded(raw={name: tidy(value) for name, value in request.form.items() if name != "csrf_token"})
    kind, text = str(typed.raw.get("actor_type", "")), str(typed.raw.get("since", ""))
    try:
        since = dt.date.fromisoformat(text)
    except ValueError:
        typed.refuse("since", _("Cette date n’existe pas : écrivez jour, mois, année."))
        return _page(structure_id, typed), 422
    if kind not in ACTOR_TYPES:
        typed.refuse("actor_type", _("Choisissez dans la liste."))
        return _page(structure_id, typed), 422

    def change(session: Any) -> None:
        use_cases.set_type(session, structure_id, kind, since, clock.now(), who=who())

    return _done(structure_id, typed, change, _("C’est enregistré ; le type d’avant reste dans l’historique."))


@blueprint.get("/<uuid:structure_id>/reunir")
@requires("staff")
def ask_merge(structure_id: uuid.UUID) -> str:
    """Choose the other one; then what will move is shown before anything does."""
    search = tidy(request.args.get("q", "")[:200]).replace("\x00", "")
    with db().reading() as session:
        kept = use_cases.get(session, structure_id)
        chosen = request.args.get("avec", "")
        gone = use_cases.get(session, _id(chosen)) if chosen else None
        found = queries.listed(session, _today(), search, names_only=True, limit=20) if search and gone is None else []
        return render_template(
            "structures/merge.html",
            kept=kept,
            gone=gone,
            search=search,
            found=[row for row in found if row.structure.id != kept.id],
            moving=queries.visits(session, gone.id) if gone else [],
            types=queries.types(session, gone.id) if gone else [],
            type_words=_types(),
        )


@blueprint.post("/<uuid:structure_id>/reunir")
@requires("staff")
def merge(structure_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        done = use_cases.merge(session, structure_id, _id(request.form.get("gone", "")), clock.now(), who=who())
        moved = len(done.moved)
    flash(
        ngettext(
            "Réunies : %(num)d inscription a changé de structure.",
            "Réunies : %(num)d inscriptions ont changé de structure.",
            moved,
        ),
        "done",
    )
    return redirect(url_for(".show", structure_id=structure_id), 303)


@blueprint.post("/reunions/<uuid:merge_id>/defaire")
@requires("staff")
def undo(merge_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        kept = use_cases.undo(session, merge_id, clock.now(), who=who()).kept_id
    flash(_("C’est défait : ce qui avait changé de structure y est revenu."), "done")
    return redirect(url_for(".show", structure_id=kept), 303)


def _today() -> dt.date:
    return clock.now().astimezone(PARIS).date()


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise RuleError("structure-unknown", _("Choisissez une structure dans la liste."), status=422) from None


def _types() -> dict[str, str]:
    return {key: _(words) for key, words in ACTOR_TYPES.items()}


def _college(actor_type: str) -> str:
    found = college(actor_type)
    return _(COLLEGES[found]) if found else _("aucun collège")


def _college_names(assembly: Assembly) -> dict[str, str]:
    """The colleges of the statutes that an assembly is held under."""
    return {one["key"]: one["label"] for one in assembly.statutes["colleges"]}


def _done(structure_id: uuid.UUID, typed: Loaded, change: Any, said: str) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            change(session)
    except Refusal as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(structure_id, typed), error.status
    flash(said, "done")
    return redirect(url_for(".show", structure_id=structure_id), 303)


def _page(structure_id: uuid.UUID, typed: Loaded | None) -> str:
    staff = current_staff()
    with db().reading() as session:
        row = use_cases.get(session, structure_id)
        visits = queries.visits(session, row.id)
        events: dict[uuid.UUID, list[queries.Visit]] = {}
        for visit in visits:
            events.setdefault(visit.event.id, []).append(visit)
        kinds = queries.types(session, row.id)
        told = queries.told(session, row.id)
        living = [visit for visit in visits if visit.registration.status != "cancelled"]
        otherwise = {one.registration.actor_type for one in living} - {one.actor_type for one in kinds}
        form = typed or Loaded()
        today = _today()
        current = next((one for one in kinds if one.since <= today and (not one.until or one.until > today)), None)
        shown = {"name": row.name, "known": "true" if row.known else "", "since": today.isoformat()}
        form.raw = shown | ({"actor_type": current.actor_type} if current else {}) | form.raw
        return render_template(
            "structures/show.html",
            structure=row,
            member=membership_of(session, row.id),
            appointments=of_structure(session, row.id),
            ways={key: _(words) for key, words in KINDS.items()},
            page=directory.page_of(session, row.id),
            works=directory.declared(session, row.id),
            said=lambda one: one.said or said(Work(one.kind, one.key)),
            departments=departments(),
            form=form,
            events=list(events.values()),
            people=len({one.registration.email_key for one in living}),
            came=sum(one.came for one in living),
            kinds=kinds,
            current=current,
            otherwise=sorted(_types()[one] for one in otherwise if one in ACTOR_TYPES),
            told={kind: [one for one in told if one.kind == kind] for kind in ("application", "result", "article")},
            awarded=sum(one.cents or 0 for one in told),
            seats=queries.seats(session, row.id),
            college_names=_college_names,
            outcomes={key: _(words) for key, words in OUTCOMES.items()},
            merges=queries.merges(session, row.id),
            history=audit.history(session, "structure", row.id),
            happened={what: _(words) for what, words in STRUCTURE.items()},
            types=_types(),
            college=_college,
            statuses={key: _(words) for key, words in STATES.items()},
            tones=TONES,
            may_change=bool(staff and staff.has("staff")),
            labels={"name": _("Nom"), "since": _("À partir du"), "actor_type": _("Type d’acteur")},
        )
