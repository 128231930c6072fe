"""Step 1 of the deliberation: votes by show of hands, each with its own quorum. Next: use_cases/votes.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from services.jury import queries
from services.jury.use_cases import votes as use_cases
from services.jury.votes import Hands
from services.jury.web.doors import opens
from services.jury.web.staff import READERS, WRITERS, round_context, who
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.forms import MANY, Loaded, load, tidy
from shared.web.words import _

blueprint = Blueprint("votes", __name__, url_prefix="/equipe/tours/<uuid:round_id>/votes")
_hands = validate.Range(min=0, max=1000)


class VoteForm(Schema):
    """A question and the hands counted. `held`: how many votes the page showed. `placed`: equal projects in the order
    that is voted on."""

    question = fields.String(required=True, validate=validate.Length(min=3, max=500))
    vote_project = fields.UUID(load_default=None)
    placed = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MANY))
    yes = fields.Integer(required=True, validate=_hands)
    no = fields.Integer(required=True, validate=_hands)
    abstained = fields.Integer(load_default=0, validate=_hands)
    casting = fields.String(load_default="", validate=validate.OneOf(["", "yes", "no"]))
    held = fields.Integer(required=True, validate=validate.Range(min=0, max=100_000))


class AsideForm(Schema):
    """Why a vote does not count."""

    why = fields.String(required=True, validate=validate.Length(min=10, max=1000), metadata={"multiline": True})


@blueprint.get("/")
@opens(*READERS, writes=True)
def page(round_id: uuid.UUID) -> str:
    """`question`, `projet`: what a page that leads here proposes to ask, and about which projects."""
    form = Loaded.of({"question": tidy(request.args.get("question", ""))[:500]})
    return _page(round_id, form, about=request.args.getlist("projet"))


@blueprint.post("/")
@opens(*WRITERS, writes=True)
def hold(round_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a vote; what was typed stays on the page when it cannot stand."""
    form = load(VoteForm(), request.form)
    about = request.form.getlist("placed")
    if form.data is None:
        return _page(round_id, form, about=about), 422
    data = form.data
    hands = Hands(data["yes"], data["no"], data["abstained"], data["casting"])
    try:
        with db().transaction() as session:
            use_cases.record(
                session,
                round_id,
                data["question"],
                hands,
                project_id=data["vote_project"],
                placed=data["placed"],
                held=data["held"],
                who=who(),
                now=clock.now(),
            )
    except RuleError as error:
        form.refuse(error.field or "", _(error.message))
        form.raw.pop("held", None)
        return _page(round_id, form, about=about), error.status
    flash(_("Le vote est enregistré : il figurera au procès-verbal."), "done")
    return redirect(url_for(".page", round_id=round_id), 303)


@blueprint.post("/<uuid:vote_id>/ecarter")
@opens(*WRITERS, writes=True)
def set_aside(round_id: uuid.UUID, vote_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AsideForm(), request.form)
    if form.data is None:
        return _page(round_id, Loaded(), aside=(vote_id, form)), 422
    try:
        with db().transaction() as session:
            use_cases.set_aside(session, round_id, vote_id, form.data["why"], who=who(), now=clock.now())
    except RuleError as error:
        form.take(error)
        return _page(round_id, Loaded(), aside=(vote_id, form)), error.status
    flash(_("Le vote est écarté ; il reste au procès-verbal, avec la raison."), "done")
    return redirect(url_for(".page", round_id=round_id), 303)


def _page(
    round_id: uuid.UUID,
    form: Loaded,
    *,
    aside: tuple[uuid.UUID, Loaded] | None = None,
    about: Collection[str] = (),
) -> str:
    """about: ids of projects, in the order proposed; of a tie that is still open, which is then what is voted on."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        voters = queries.voters(session, this, clock.now())
        held = queries.votes_of(session, this)
        projects = queries.projects_in(session, this)
        ties = queries.tied_groups(session, this) if about and this.state == "closed" else []
        tie = next((group for group in ties if set(about) & set(group)), [])
        wanted = [one for one in about if one in tie]
        every = {one.id: one.number for one in queries.projects_in(session, this, withdrawn=True)}
        return render_template(
            "jury/votes.html",
            **context,
            form=form,
            aside=aside,
            held=held,
            voters=voters,
            projects=projects,
            tie=tie,
            wanted=wanted if len(wanted) == len(tie) else tie,
            recused=voters.body(*map(uuid.UUID, tie)).recused,
            numbered=lambda placed: [every[one] for one in placed],
        )
