"""Step 1 for the staff: the committee of experts, and whom to ask about a project. Next: use_cases/experts.py."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import languages, meanwhile, queries
from services.jury.models import Expert
from services.jury.queries import experts as found
from services.jury.use_cases import experts
from services.jury.web.projects import _address
from services.jury.web.readings import known_places
from services.jury.web.staff import READERS, WRITERS, act, call_context, may_write, show_theirs, tell_renewed, told, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("experts", __name__, url_prefix="/equipe/experts")
opinions = Blueprint("opinions", __name__, url_prefix="/equipe/appels/<uuid:call_id>/avis")


class ExpertForm(Schema):
    """A member of the committee."""

    first_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    last_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    email = fields.String(required=True, validate=[validate.Length(min=1, max=254), _address])
    function = fields.String(load_default="", validate=validate.Length(max=200))
    structure = fields.String(load_default="", validate=validate.Length(max=200))
    themes = fields.String(load_default="", validate=validate.Length(max=500))
    countries = fields.String(load_default="", validate=[validate.Length(max=200), known_places])
    languages = fields.String(load_default="", validate=validate.Length(max=200))
    most = fields.Integer(load_default=None, validate=validate.Range(min=1, max=100))
    away = fields.Boolean(load_default=False)


class AskForm(Schema):
    """Whom to ask, and until when."""

    expert = fields.UUID(required=True)
    due_on = fields.Date(required=True)


@blueprint.get("")
@requires(*READERS)
def index() -> str:
    with db().reading() as session:
        return render_template("jury/experts.html", lines=found.directory(session), writes=may_write())


@blueprint.get("/nouveau")
@requires(*WRITERS)
def new() -> str:
    return _person(None, Loaded())


@blueprint.get("/<uuid:expert_id>")
@requires(*WRITERS)
def edit(expert_id: uuid.UUID) -> str:
    with db().reading() as session:
        said = _said(experts.find(session, expert_id))
    return _person(expert_id, Loaded.of(said | {"away": "true" if said["away"] else ""}))


def _said(expert: Expert) -> dict[str, Any]:
    """What the form says of a person."""
    names = [name for name in ExpertForm().fields if name != "away"]
    return {name: getattr(expert, name) for name in names} | {"away": expert.away_since is not None}


def _person(expert_id: uuid.UUID | None, form: Loaded, *, seen: str = "") -> str:
    """seen: the marks of what was read before this form was refused."""
    if expert_id is not None and not seen:
        with db().reading() as session:
            seen = meanwhile.marks(_said(experts.find(session, expert_id)))
    return render_template("jury/expert.html", expert_id=expert_id, form=form, seen=seen)


@blueprint.post("/nouveau")
@requires(*WRITERS)
def create() -> ResponseReturnValue:
    return _keep(None)


@blueprint.post("/<uuid:expert_id>")
@requires(*WRITERS)
def save(expert_id: uuid.UUID) -> ResponseReturnValue:
    return _keep(expert_id)


def _keep(expert_id: uuid.UUID | None) -> ResponseReturnValue:
    form, seen, status = load(ExpertForm(), request.form), request.form.get("seen", "")[:200], 422
    if form.data is not None and (unknown := languages.read(form.data["languages"])[1]):
        form.refuse("languages", _("Cette langue n’est pas connue : %(word)s", word=unknown[0]))
    if form.data is not None:
        try:
            with db().transaction() as session:
                data = form.data
                if expert_id is not None:
                    data = meanwhile.merged(data, _said(experts.find(session, expert_id, lock=True)), seen)
                experts.keep(session, expert_id, data, who=who(), now=clock.now())
        except meanwhile.Unread as refusal:
            show_theirs(form, refusal)
            seen, status = "", refusal.status
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("L’annuaire est à jour."), "done")
            return redirect(url_for(".index"), 303)
    return _person(expert_id, form, seen=seen), status


@opinions.get("")
@requires(*READERS)
def page(call_id: uuid.UUID) -> str:
    """The projects of a call, with the opinions on each."""
    with db().reading() as session:
        context = call_context(session, call_id)
        projects = queries.projects_of(session, call_id)
        return render_template(
            "jury/opinions.html", **context, projects=projects, asked=found.opinions_in(session, call_id)
        )


@opinions.get("/<uuid:project_id>")
@requires(*READERS)
def project(call_id: uuid.UUID, project_id: uuid.UUID) -> str:
    return _project(call_id, project_id, Loaded())


def _project(call_id: uuid.UUID, project_id: uuid.UUID, form: Loaded) -> str:
    """What was asked about a project and said, and whom to ask next."""
    with db().reading() as session:
        context = call_context(session, call_id)
        one = experts.find_project(session, call_id, project_id)
        return render_template(
            "jury/project_opinions.html",
            **context,
            project=one,
            form=form,
            asked=found.opinions_on(session, project_id),
            candidates=found.candidates(session, one),
            earlier=found.earlier(session, one),
            against=experts.AGAINST,
            open=context["round"].state in ("draft", "open") and queries.stands(session, context["round"], one.id),
        )


@opinions.post("/<uuid:project_id>")
@requires(*WRITERS)
def ask(call_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AskForm(), request.form)
    if form.data is None:
        return _project(call_id, project_id, form), 422
    expert_id, due_on = form.data["expert"], form.data["due_on"]

    def work(session: Session) -> None:
        one = experts.find_project(session, call_id, project_id)
        experts.ask(session, one, expert_id, due_on, site=settings().public_url, who=who(), now=clock.now())

    return act(
        work,
        url_for(".project", call_id=call_id, project_id=project_id),
        done=_("La demande part par courriel, avec le lien pour répondre."),
        typed=(form, lambda form: _project(call_id, project_id, form)),
    )


@opinions.post("/<uuid:project_id>/<uuid:opinion_id>/relancer")
@requires(*WRITERS)
def remind(call_id: uuid.UUID, project_id: uuid.UUID, opinion_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        one = experts.find_project(session, call_id, project_id)
        experts.remind(session, one, opinion_id, site=settings().public_url, who=who(), now=clock.now())

    return act(
        work, url_for(".project", call_id=call_id, project_id=project_id), done=_("Le rappel part par courriel.")
    )


@opinions.post("/<uuid:project_id>/<uuid:opinion_id>/lien")
@requires(*WRITERS)
def renew_link(call_id: uuid.UUID, project_id: uuid.UUID, opinion_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        one = experts.find_project(session, call_id, project_id)
        site = settings().public_url
        tell_renewed(experts.renew_link(session, one, opinion_id, site=site, who=who(), now=clock.now()))

    return act(work, url_for(".project", call_id=call_id, project_id=project_id))


@opinions.post("/<uuid:project_id>/<uuid:opinion_id>/reprendre")
@requires(*WRITERS)
def take_back(call_id: uuid.UUID, project_id: uuid.UUID, opinion_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        one = experts.find_project(session, call_id, project_id)
        experts.take_back(session, one, opinion_id, who=who(), now=clock.now())

    return act(
        work,
        url_for(".project", call_id=call_id, project_id=project_id),
        done=_("La demande est reprise : son lien ne prend plus de réponse."),
    )
