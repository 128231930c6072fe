"""Step 1 of one project that the secretary types: a new one, or one to put right. Next: calls.import_projects."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from services.jury import meanwhile, project_import, queries
from services.jury.models import Project
from services.jury.use_cases import calls, withdrawals
from services.jury.web import places, tongues
from services.jury.web.staff import WRITERS, act, call_context, show_theirs, told, who
from services.jury.web.withdrawals import WhyForm
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("projects", __name__, url_prefix="/equipe/appels/<uuid:call_id>/projets")


def _address(text: str) -> None:
    """A validator, as strict as the fact that will carry the address."""
    if not project_import.is_email(text):
        raise ValidationError(_("Cette adresse est incomplète."))


def _department(text: str) -> None:
    if text and not project_import.DEPARTMENT.match(text.upper().zfill(2)):
        raise ValidationError(_("Le code d’un département, comme 09 ou 2A."))


class ProjectForm(Schema):
    """One project, as a line of the CSV file has it."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    structure = fields.String(required=True, validate=validate.Length(min=1, max=200))
    bearer_first_name = fields.String(load_default="", validate=validate.Length(max=120))
    bearer_last_name = fields.String(load_default="", validate=validate.Length(max=120))
    bearer_email = fields.String(required=True, validate=[validate.Length(min=1, max=254), _address])
    country = fields.String(load_default="", validate=validate.Length(max=6))
    department = fields.String(load_default="", validate=[validate.Length(max=3), _department])
    language = fields.String(load_default="", validate=validate.Length(max=2))
    summary = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"multiline": True})


@blueprint.get("/nouveau")
@requires(*WRITERS)
def new(call_id: uuid.UUID) -> str:
    return _page(call_id, None, Loaded())


@blueprint.get("/<uuid:project_id>")
@requires(*WRITERS)
def edit(call_id: uuid.UUID, project_id: uuid.UUID) -> str:
    with db().reading() as session:
        project = _find(session, call_id, project_id)
        form = Loaded.of(_said(project))
    return _page(call_id, project, form)


def _page(
    call_id: uuid.UUID, project: Project | None, form: Loaded, *, seen: str = "", leaving: Loaded | None = None
) -> str:
    """seen: the marks of what was read before this form was refused. leaving: why it withdraws, where refused."""
    with db().reading() as session:
        project = _find(session, call_id, project.id) if project else None
        return render_template(
            "jury/project.html",
            **call_context(session, call_id),
            project=project,
            form=form,
            leaving=leaving or Loaded(),
            own=own.id if project and (own := queries.application_of(session, project.id)) else None,
            lists=_lists(project),
            seen=seen or (meanwhile.marks(_said(project)) if project else ""),
        )


def _said(project: Project) -> dict[str, str]:
    return {name: getattr(project, name) for name in ProjectForm().fields}


def _lists(project: Project | None) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen. What a file said of this project stays a choice, though no list names it."""
    lists = {"country": places.choices(), "language": tongues.choices()}
    for name, name_of in (("country", places.name_of), ("language", tongues.name_of)):
        said = getattr(project, name) if project else ""
        if said and said not in dict(lists[name]):
            lists[name] = [*lists[name], (said, name_of(said))]
    return lists


@blueprint.post("/nouveau")
@requires(*WRITERS)
def create(call_id: uuid.UUID) -> ResponseReturnValue:
    return _keep(call_id, None)


@blueprint.post("/<uuid:project_id>")
@requires(*WRITERS)
def save(call_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    return _keep(call_id, project_id)


def _keep(call_id: uuid.UUID, project_id: uuid.UUID | None) -> ResponseReturnValue:
    """Write it as a file of one line would."""
    form, project = load(ProjectForm(), request.form), None
    if project_id is not None:
        with db().reading() as session:
            project = _find(session, call_id, project_id)
    for name, offered in _lists(project).items():
        if form.data is not None and form.data[name] not in ("", *dict(offered)):
            form.refuse(name, _("Choisissez dans la liste."))
    if form.data is not None:
        department = form.data["department"].upper()
        data = form.data | {"department": department.zfill(2) if department.isdigit() else department}
        try:
            with db().transaction() as session:
                if project_id is not None:
                    calls.find_call(session, call_id, lock=True)
                    there = _said(_find(session, call_id, project_id))
                    data = meanwhile.merged(data, there, request.form.get("seen", ""))
                row = project_import.Row(project.number if project else None, data)
                calls.import_projects(session, call_id, [row], who=who(), now=clock.now())
        except meanwhile.Unread as refusal:
            show_theirs(form, refusal)
            return _page(call_id, project, form), refusal.status
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("Le projet est mis à jour.") if project else _("Le projet est ajouté."), "done")
            return redirect(url_for("calls.projects", call_id=call_id), 303)
    return _page(call_id, project, form, seen=request.form.get("seen", "")[:200]), 422


@blueprint.post("/<uuid:project_id>/retirer")
@requires(*WRITERS)
def withdraw(call_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    """It gives up; it has no application, by which its bearer would say so."""

    def again(leaving: Loaded) -> str:
        with db().reading() as session:
            project = _find(session, call_id, project_id)
            form = Loaded.of(_said(project))
        return _page(call_id, project, form, leaving=leaving)

    form = load(WhyForm(), request.form)
    if form.data is None:
        return again(form), 422
    why = form.data["why"]
    return act(
        lambda session: withdrawals.withdraw_project(session, project_id, why, who=who(), now=clock.now()),
        url_for("calls.projects", call_id=call_id),
        done=_(
            "Le projet est retiré : il n’est plus ni sur les tablettes, ni dans l’ordre de passage, ni au classement."
        ),
        typed=(form, again),
    )


def _find(session: Session, call_id: uuid.UUID, project_id: uuid.UUID) -> Project:
    found = session.get(Project, project_id)
    if found is None or found.call_id != call_id:
        raise NotFound("unknown-project", "Ce projet ne fait pas partie de cet appel.")
    return found
