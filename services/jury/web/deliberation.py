"""Step 1 of the deliberation: doubt beside the ranking, the desk where one tries things, a moved rank. Read-only but
for the move."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries, scoring
from services.jury.use_cases import deliberation
from services.jury.web.desk import tried
from services.jury.web.doors import opens
from services.jury.web.staff import READERS, WRITERS, act, round_context, sees_members, who
from shared import clock
from shared.web import db
from shared.web.forms import Loaded, load

blueprint = Blueprint("deliberation", __name__, url_prefix="/equipe/tours/<uuid:round_id>/deliberation")


class MoveForm(Schema):
    """A rank that the jury moves."""

    project = fields.UUID(required=True)
    place = fields.Integer(required=True, validate=validate.Range(min=1, max=10_000))
    reason = fields.String(required=True, validate=validate.Length(min=10, max=1000), metadata={"multiline": True})


class DrawForm(Schema):
    """Lots between the projects that are still equal."""

    why = fields.String(required=True, validate=validate.Length(min=10, max=1000), metadata={"multiline": True})


@blueprint.get("/")
@opens(*READERS, writes=True)
def page(round_id: uuid.UUID) -> str:
    """The ranking with its doubt; after closing only, so that nobody is influenced."""
    return _page(round_id, Loaded())


@blueprint.post("/deplacer")
@opens(*WRITERS, writes=True)
def move(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(MoveForm(), request.form)
    if form.data is None:
        return _page(round_id, form), 422
    data = form.data

    def work(session: Session) -> None:
        deliberation.move(session, round_id, data["project"], data["place"], data["reason"], who=who(), now=clock.now())

    return act(
        work,
        url_for(".page", round_id=round_id),
        done=_("Le rang est déplacé, avec sa raison."),
        typed=(form, lambda form: _page(round_id, form)),
    )


@blueprint.post("/tirage")
@opens(*WRITERS, writes=True)
def draw(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(DrawForm(), request.form)
    back = url_for(".page", round_id=round_id) + "#tirages"
    if form.data is None:
        return _page(round_id, Loaded(), draw=form), 422
    data = form.data

    def work(session: Session) -> None:
        deliberation.draw_lots(session, round_id, data["why"], who=who(), now=clock.now())

    return act(
        work,
        back,
        done=_("Le sort a départagé les projets à égalité ; la graine est au procès-verbal."),
        typed=(form, lambda form: _page(round_id, Loaded(), draw=form)),
    )


def _page(round_id: uuid.UUID, form: Loaded, *, draw: Loaded | None = None) -> str:
    """form: of a moved rank. draw: of lots whose reason was too short."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        projects = {str(p.id): p for p in queries.projects_in(session, this)}
        order, walks, walks_before = queries.talking_order(session, this)
        context |= {"projects": projects, "talking": order, "walks": walks, "walks_before": walks_before}
        if this.state not in ("closed", "signed") or this.frozen is None:
            return render_template("jury/deliberation.html", **context, closed=False)
        official = queries.ranking(session, this)
        standings = queries.decided(session, this)
        awards = queries.award_table(session, this)
        places = this.frozen["rulebook"]["places"]
        if awards is not None:
            places = len(awards.outcomes["stop", False].awards)
        return render_template(
            "jury/deliberation.html",
            **context,
            closed=True,
            form=form,
            draw=draw or Loaded(),
            standings=standings,
            official={s.project: s.rank for s in official},
            awards=awards,
            places=places,
            aid=queries.aid(session, this, places),
            marks=queries.marks(session, this),
            moves=queries.moves_of(session, this),
            tied=queries.tied_groups(session, this),
            draws={one.tied: one for one in queries.draws_of(session, this)},
            tie_of=deliberation.tie_of,
            criteria=this.frozen["criteria"],
            jurors=queries.jurors_in(session, this),
            desk=tried(session, this, request.args),
            shown=lambda value, digits=2: scoring.shown(value, digits, "." if str(get_locale()) == "en" else ","),
            sees_members=sees_members(),
        )
