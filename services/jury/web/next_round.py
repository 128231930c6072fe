"""Step 1 of a second round: who goes on and before whom, from the ranking of a closed one. Next:
use_cases/next_round.py."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries, scoring
from services.jury.models import Round
from services.jury.use_cases import next_round
from services.jury.web.staff import WRITERS, act, round_context, told, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db
from shared.web.forms import MANY, Loaded, load, tidy

blueprint = Blueprint("next_round", __name__, url_prefix="/equipe/tours/<uuid:round_id>/suite")


class NextRoundForm(Schema):
    """What the next round is over, and before whom."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    projects = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MANY))
    jurors = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MANY))
    shows_former = fields.Boolean(load_default=False)
    reason = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"multiline": True})


@blueprint.get("/")
@requires(*WRITERS)
def page(round_id: uuid.UUID) -> str:
    """The ranking with its better half ticked, and the whole jury."""
    with db().reading() as session:
        this = round_context(session, round_id)["round"]
        title = _("Second tour") if this.number == 1 else _("Tour %(number)s", number=this.number + 1)
        jurors = [str(one.id) for one in queries.jurors_in(session, this) if one.away_since is None]
        form = Loaded.of({"title": title, "jurors": jurors} | _ticked(session, this, ""))
    return _page(round_id, form)


def _ticked(session: Session, this: Round, asked: str) -> dict[str, Any]:
    """The first of the ranking, as many as asked; the better half where that is no number."""
    best = queries.official_order(session, this)
    count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else (len(best) + 1) // 2
    return {"projects": best[:count], "best": min(count, len(best))}


def _page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        projects = {str(one.id): one for one in queries.projects_in(session, this)}
        standings = queries.decided(session, this) if this.state != "draft" else []
        return render_template(
            "jury/next_round.html",
            **context,
            form=form,
            lines=[(one, projects[one.project], scoring.shown(one.score)) for one in standings],
            jurors=[one for one in queries.jurors_in(session, this) if one.away_since is None],
            unsent=sum(tablet.pending for tablet in queries.board(session, this, 0).tablets.values()),
            late=queries.waiting_late(session, round_id),
        )


@blueprint.post("/")
@requires(*WRITERS)
def make(round_id: uuid.UUID) -> ResponseReturnValue:
    """Make it, or only tick the best ones and keep what is typed: with the button, or with Enter in a number that is
    not the one that the page ticked."""
    form = load(NextRoundForm(), request.form)
    asked = tidy(request.form.get("premiers", ""))
    form.raw |= {"premiers": asked[:10], "best": request.form.get("best", "")[:10]}
    if "tick" in request.form or ("made" not in request.form and asked != request.form.get("best", asked)):
        with db().reading() as session:
            this = round_context(session, round_id)["round"]
            return _page(round_id, Loaded.of(form.raw | _ticked(session, this, asked) | {"premiers": ""}))
    if form.data is None:
        return _page(round_id, form), 422
    try:
        with db().transaction() as session:
            made = next_round.make(session, round_id, form.data, who=who(), now=clock.now())
    except RuleError as refusal:
        form.refuse(refusal.field or "", told(refusal))
        return _page(round_id, form), 422
    words = _("« %(title)s » est à préparer. Signez le procès-verbal du tour passé, puis ouvrez-le.", title=made.title)
    flash(words, "done")
    return redirect(url_for("calls.show", call_id=made.call_id), 303)


@blueprint.post("/annuler")
@requires(*WRITERS)
def take_back(round_id: uuid.UUID) -> ResponseReturnValue:
    """The round of this address was made by mistake."""
    with db().reading() as session:
        back = url_for("calls.show", call_id=round_context(session, round_id)["call"].id)

    def work(session: Session) -> None:
        next_round.take_back(session, round_id, who=who(), now=clock.now())

    return act(work, back, done=_("Le tour est annulé : le précédent est de nouveau le dernier."))
