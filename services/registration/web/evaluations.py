"""Step 1 of nine: what people thought of a training, by a link, and for the staff. Next: use_cases/evaluating.py."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from services.registration.queries import evaluations as queries
from services.registration.rules import evaluation as rules
from services.registration.use_cases import evaluating
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, files
from shared.web.forms import Loaded, tidy
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("evaluations", __name__)

TONES = {4: "done", 3: "going", 2: "wait", 1: "stop"}


@blueprint.get("/avis/<token>")
def ask(token: str) -> str:
    with db().reading() as session:
        event = evaluating.training(session, token, clock.now())
        return _form(event.title, Loaded())


@blueprint.post("/avis/<token>")
@limited(60)
def answer(token: str) -> ResponseReturnValue:
    """Kept without a name, once; what is refused is shown again as it was chosen."""
    chosen = {name: request.form.get(name, "") for name in rules.QUESTIONS}
    marks = {name: int(level) for name, level in chosen.items() if level in {str(key) for key in rules.LEVELS}}
    words = tidy(request.form.get("words", ""))
    form = Loaded.of(chosen | {"words": words})
    try:
        if len(words) > rules.LONGEST:
            message = _("Écrivez %(limit)s caractères au plus.", limit=rules.LONGEST)
            raise RuleError("words-too-long", message, status=422, field="words")
        with db().transaction() as session:
            event = evaluating.answer(session, token, marks, words, clock.now())
            return render_template("personal/evaluation_done.html", title=event.title)
    except RuleError as error:
        if error.status != 422:
            raise
        form.refuse(error.field or "expected", _(error.message))
        with db().reading() as session:
            return _form(evaluating.training(session, token, clock.now()).title, form), 422


def _form(title: str, form: Loaded) -> str:
    levels = [(level, _(words)) for level, words in sorted(rules.LEVELS.items(), reverse=True)]
    return render_template(
        "personal/evaluation.html",
        title=title,
        form=form,
        levels=levels,
        questions=_questions(),
        longest=rules.LONGEST,
    )


@blueprint.get("/equipe/evenements/<slug>/avis")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """What they thought, as a picture and in their words."""
    with db().reading() as session:
        event = find(session, slug)
        return render_template(
            "events/evaluations.html",
            event=event,
            opinions=queries.opinions(session, event.id),
            questions=_questions(),
            levels=[(level, _(rules.LEVELS[level]), tone) for level, tone in TONES.items()],
            enough=rules.ENOUGH,
        )


@blueprint.get("/equipe/evenements/<slug>/avis.csv")
@requires("staff", "auditor")
def export(slug: str) -> Response:
    """A line an answer, in an order that tells nothing; no cell runs as a formula."""
    with db().reading() as session:
        opinions = queries.opinions(session, find(session, slug).id)
    rows: list[list[object]] = [[*_questions().values(), _("Ce qui a aidé, ce qui a manqué")]]
    rows += [[*(row.marks.get(name, "") for name in rules.QUESTIONS), row.words] for row in opinions.rows]
    return files.as_csv(rows, f"avis-{slug}.csv")


def _questions() -> dict[str, str]:
    return {name: _(words) for name, words in rules.QUESTIONS.items()}
