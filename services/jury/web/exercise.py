"""Step 1 of the calibration exercise: begin it, follow it, see how levels spread. Next: use_cases/exercise.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.samples import SAMPLES
from services.jury.use_cases import exercise
from services.jury.web.rounds import polled, table_of
from services.jury.web.staff import READERS, WRITERS, act, round_context, who
from shared import clock
from shared.identity import requires
from shared.web import db
from shared.web.forms import Loaded, load

blueprint = Blueprint("exercise", __name__, url_prefix="/equipe/tours/<uuid:round_id>/exercice")

TABLE = "jury/exercise_table.html"


class SamplesForm(Schema):
    """The two dossiers that the jury scores for practice."""

    title_1 = fields.String(required=True, validate=validate.Length(min=1, max=200))
    summary_1 = fields.String(required=True, validate=validate.Length(min=1, max=4000))
    title_2 = fields.String(required=True, validate=validate.Length(min=1, max=200))
    summary_2 = fields.String(required=True, validate=validate.Length(min=1, max=4000))


@blueprint.get("/")
@requires(*READERS)
def page(round_id: uuid.UUID) -> str:
    """What the exercise is, the two samples, then how far the jury is, then how far apart."""
    return _page(round_id, Loaded())


def _page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        found = queries.exercise_of(session, round_id)
        if not form.raw:
            held = queries.projects_in(session, found) if found else []
            samples = [{"title": one.title, "summary": one.summary} for one in held] or list(SAMPLES)
            form = Loaded.of({f"{name}_{n}": one[name] for n, one in enumerate(samples, start=1) for name in one})
        return render_template(
            "jury/exercise.html", **context, form=form, exercise=found, table=table_of(session, round_id, TABLE)
        )


@blueprint.get("/tableau")
@requires(*READERS)
def table(round_id: uuid.UUID) -> Response:
    return polled(round_id, TABLE)


@blueprint.post("/")
@requires(*WRITERS)
def begin(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(SamplesForm(), request.form)
    if form.data is None:
        return _page(round_id, form), 422
    data = form.data
    samples = [{"title": data[f"title_{n}"], "summary": data[f"summary_{n}"]} for n in (1, 2)]

    def work(session: Session) -> None:
        exercise.begin(session, round_id, samples, who=who(), now=clock.now())

    return act(
        work,
        url_for(".page", round_id=round_id),
        done=_("L’exercice commence. Les tablettes peuvent être appairées dès maintenant."),
        typed=(form, lambda form: _page(round_id, form)),
    )


@blueprint.post("/arreter")
@requires(*WRITERS)
def stop(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        exercise.stop(session, round_id, who=who(), now=clock.now())

    return act(
        work, url_for(".page", round_id=round_id), done=_("L’exercice est arrêté : regardez ensemble les écarts.")
    )
