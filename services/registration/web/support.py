"""Step 1 of nine for the staff: whom they help, and what comes next. Next: use_cases/support.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.registration.queries import support as queries
from services.registration.queries.members import leads
from services.registration.rules.support import KINDS
from services.registration.use_cases import structures
from services.registration.use_cases import support as use_cases
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import current_staff, requires, who
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("support", __name__, url_prefix="/equipe/accompagnement")


class AppointmentFields(ma.Schema):
    """One appointment."""

    held_on = fields.Date(required=True)
    kind = fields.String(required=True)
    adviser = fields.String(required=True, validate=validate.Length(1, 120))
    person = fields.String(load_default="", validate=validate.Length(max=200))
    email = fields.Email(load_default="", validate=validate.Length(max=254))
    dossier = fields.String(load_default="", validate=validate.Length(max=200))
    note = fields.String(load_default="", validate=validate.Length(max=4000), metadata={"multiline": True})
    next_step = fields.String(load_default="", validate=validate.Length(max=300))
    next_on = fields.Date(load_default=None, allow_none=True)


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    """Who is to be called again, for a Monday morning, and the last appointments."""
    today = clock.now().astimezone(PARIS).date()
    year = today.replace(month=1, day=1)
    with db().reading() as session:
        return render_template(
            "structures/support.html",
            waiting=queries.waiting(session, today),
            latest=queries.latest(session),
            counted=queries.counted(session, year, year.replace(year=year.year + 1)),
            year=today.year,
            today=today,
            kinds=_kinds(),
            may_change=_may_change(),
        )


@blueprint.get("/<uuid:structure_id>/nouveau")
@requires("staff")
def ask(structure_id: uuid.UUID) -> str:
    return _new(structure_id, None)


@blueprint.post("/<uuid:structure_id>/nouveau")
@requires("staff")
def note(structure_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AppointmentFields(), request.form)
    if form.data is None:
        return _new(structure_id, form), 422
    try:
        with db().transaction() as session:
            use_cases.note(session, structure_id, use_cases.Draft(**form.data), clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _new(structure_id, form), error.status
    flash(_("Le rendez-vous est noté."), "done")
    return redirect(url_for("structures.show", structure_id=structure_id), 303)


@blueprint.get("/rendez-vous/<uuid:appointment_id>")
@requires("staff")
def edit(appointment_id: uuid.UUID) -> str:
    return _edit(appointment_id, None)


@blueprint.post("/rendez-vous/<uuid:appointment_id>")
@requires("staff")
def change(appointment_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AppointmentFields(), request.form)
    if form.data is None:
        return _edit(appointment_id, form), 422
    try:
        with db().transaction() as session:
            use_cases.change(session, appointment_id, use_cases.Draft(**form.data), clock.now(), who=who())
            home = _home(session, use_cases.get(session, appointment_id).structure_id)
    except RuleError as error:
        form.take(error)
        return _edit(appointment_id, form), error.status
    flash(_("Le rendez-vous est corrigé."), "done")
    return redirect(url_for("structures.show", structure_id=home), 303)


@blueprint.post("/rendez-vous/<uuid:appointment_id>/fait")
@requires("staff")
def settle(appointment_id: uuid.UUID) -> ResponseReturnValue:
    """What was to be done is done."""
    with db().transaction() as session:
        use_cases.settle(session, appointment_id, clock.now(), who=who())
    flash(_("C’est fait : il quitte la liste. Si vous vous êtes parlé, notez le rendez-vous."), "done")
    return redirect(url_for(".index"), 303)


def _new(structure_id: uuid.UUID, form: Loaded | None) -> str:
    staff = current_staff()
    today = clock.now().astimezone(PARIS).date().isoformat()
    start = Loaded.of({"held_on": today, "kind": "meeting", "adviser": staff.name if staff else ""})
    return _form(structure_id, form or start, None)


def _edit(appointment_id: uuid.UUID, form: Loaded | None) -> str:
    with db().reading() as session:
        row = use_cases.get(session, appointment_id)
        home = _home(session, row.structure_id)
        values = {name: getattr(row, name) or "" for name in AppointmentFields().fields}
    return _form(home, form or Loaded.of({name: str(value) for name, value in values.items()}), appointment_id)


def _form(structure_id: uuid.UUID, form: Loaded, appointment_id: uuid.UUID | None) -> str:
    with db().reading() as session:
        return render_template(
            "structures/appointment.html",
            structure=structures.get(session, structure_id),
            dossiers=queries.dossiers(session, structure_id),
            appointment_id=appointment_id,
            form=form,
            kinds=list(_kinds().items()),
            labels={
                "held_on": _("Le"),
                "kind": _("Comment"),
                "adviser": _("Qui, de l’équipe"),
                "person": _("Avec qui"),
                "email": _("Son adresse électronique"),
                "dossier": _("Dossier"),
                "note": _("Ce qui a été dit"),
                "next_step": _("La suite"),
                "next_on": _("Pour le"),
            },
        )


def _home(session: Session, structure_id: uuid.UUID) -> uuid.UUID:
    """The structure of today."""
    return leads(session, [structure_id])[structure_id]


def _kinds() -> dict[str, str]:
    return {key: _(words) for key, words in KINDS.items()}


def _may_change() -> bool:
    staff = current_staff()
    return bool(staff and staff.has("staff"))
