"""Step 1 of "Pourquoi cette note": one section per project, one decision per line. Next: use_cases/feedback.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries, rules, scoring
from services.jury.sections import sections_of
from services.jury.use_cases import feedback
from services.jury.web.doors import opens
from services.jury.web.staff import READERS, WRITERS, act, round_context, who
from shared import clock
from shared.web import db
from shared.web.forms import Loaded, load

blueprint = Blueprint("feedback", __name__, url_prefix="/equipe/tours/<uuid:round_id>/mots")


class WordsForm(Schema):
    """A line as the chair words it."""

    words = fields.String(load_default="", validate=validate.Length(max=rules.TEXT_LIMIT), metadata={"multiline": True})


@blueprint.get("/")
@opens(*READERS, writes=True)
def page(round_id: uuid.UUID) -> str:
    """What each bearer will read, and what still waits for the chair."""
    return _page(round_id, Loaded(), None)


def _page(round_id: uuid.UUID, form: Loaded, typed_for: tuple[uuid.UUID, str] | None) -> str:
    """form: refused words, for the line (project, digest) that they were typed for."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        closed = this.state in ("closed", "signed") and this.frozen is not None
        results = queries.results(session, this) if closed else []
        return render_template(
            "jury/feedback.html",
            **context,
            closed=closed,
            form=form,
            typed_for=typed_for,
            standings=[one.standing for one in results],
            moves=queries.moves_of(session, this) if closed else [],
            outcomes=queries.outcomes(results),
            distances=queries.distances(results),
            projects={str(p.id): p for p in queries.projects_in(session, this)},
            mark=feedback.mark,
            lines=queries.feedback_lines(session, this) if closed else [],
            criteria=(this.frozen or {"criteria": []})["criteria"],
            sections=sections_of((this.frozen or {"criteria": []})["criteria"]),
            shown=lambda value, digits=2: scoring.shown(value, digits, "." if str(get_locale()) == "en" else ","),
        )


@blueprint.post("/<uuid:project_id>/<digest>")
@opens(*WRITERS, writes=True)
def settle(round_id: uuid.UUID, project_id: uuid.UUID, digest: str) -> ResponseReturnValue:
    approve = request.form.get("decision") == "approve"
    form = load(WordsForm(), request.form)
    if form.data is None:
        return _page(round_id, form, (project_id, digest)), 422
    said = {"approve": approve, "words": form.data["words"], "seen": request.form.get("seen", "")[:40]}

    def work(session: Session) -> None:
        feedback.settle(session, round_id, project_id, digest, **said, who=who(), now=clock.now())

    back = url_for(".page", round_id=round_id, _anchor=f"p-{project_id}")
    return act(
        work,
        back,
        done=_("Mot approuvé.") if approve else _("Mot refusé : il ne sera pas envoyé."),
        typed=(form, lambda form: _page(round_id, form, (project_id, digest))),
    )
