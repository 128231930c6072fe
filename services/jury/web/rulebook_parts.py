"""Step 1 for the secretariat: the envelopes, articles, papers and grid of a call, each as a form of rows.

Next: use_cases/rulebooks.py and use_cases/grids.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.jury import deadlines, queries, rulebook_forms, rulebooks
from services.jury.models import Call
from services.jury.use_cases import grids
from services.jury.use_cases import rulebooks as changes
from services.jury.use_cases.calls import find_call
from services.jury.web.staff import WRITERS, call_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import tidy

blueprint = Blueprint("rulebook_parts", __name__, url_prefix="/equipe/appels/<uuid:call_id>")

MORE = 2
"""Empty rows below those that are there."""

Read = Callable[[Sequence[rulebook_forms.Row]], tuple[list[dict[str, Any]], rulebook_forms.Problems]]


@dataclass(frozen=True)
class Kind:
    """One of the forms: its columns, most rows, and how it is shown and read."""

    names: tuple[str, ...]
    most: int
    shown: Callable[[Any], list[dict[str, str]]]
    read: Read
    part: str


KINDS = {
    "enveloppes": Kind(
        rulebook_forms.ENVELOPE, 20, rulebook_forms.envelopes_shown, rulebook_forms.envelopes_read, "envelopes"
    ),
    "articles": Kind(
        rulebook_forms.ARTICLE, 60, rulebook_forms.articles_shown, rulebook_forms.articles_read, "articles"
    ),
    "pieces": Kind(rulebook_forms.PAPER, 30, rulebook_forms.papers_shown, rulebook_forms.papers_read, "attachments"),
    "grille": Kind(
        rulebook_forms.CRITERION, grids.MOST, rulebook_forms.criteria_shown, rulebook_forms.criteria_read, ""
    ),
}


def _now(session: Session, call: Call, kind: Kind) -> list[dict[str, str]]:
    return kind.shown(call.rulebook[kind.part] if kind.part else queries.criteria_of(session, call.id))


def _kind(session: Session, call_id: uuid.UUID, name: str) -> tuple[Call, Kind]:
    call, kind = find_call(session, call_id), KINDS[name]
    if kind.part and (kind.part not in call.rulebook or not call.takes_applications):
        raise NotFound("not-funding", "Seul un appel à projets a ce règlement.")
    return call, kind


@blueprint.get("/<any(enveloppes, articles, pieces, grille):name>/modifier")
@requires(*WRITERS)
def edit(call_id: uuid.UUID, name: str) -> str:
    return _page(call_id, name, None, {}, "")


def _page(
    call_id: uuid.UUID,
    name: str,
    rows: list[dict[str, str]] | None,
    problems: rulebook_forms.Problems,
    refusal: str,
    seen: int | None = None,
) -> str:
    """seen: the version that whoever types had before them; else that of this moment."""
    with db().reading() as session:
        call, kind = _kind(session, call_id, name)
        context = call_context(session, call_id)
        if rows is None:
            rows = _now(session, call, kind)
        empty = dict.fromkeys(kind.names, "")
        return render_template(
            "jury/rulebook_part.html",
            **context,
            name=name,
            seen=seen or (call.rulebook_version if kind.part else grids.newest(session, call.id)),
            rows=rows + [empty] * min(MORE, kind.most - len(rows)),
            problems=problems,
            refusal=refusal,
            open=context["round"].state == "draft",
            legal_forms=rulebook_forms.LEGAL_FORMS.values(),
            schools=rulebook_forms.SCHOOLS.values(),
            facts=rulebooks.facts(call.rulebook),
        )


@blueprint.post("/<any(enveloppes, articles, pieces, grille):name>/modifier")
@requires(*WRITERS)
def keep(call_id: uuid.UUID, name: str) -> ResponseReturnValue:
    """A new version, or the same page with what is wrong beside what was typed."""
    kind = KINDS[name]
    given = {key: tidy(value) for key, value in request.form.items()}
    rows = rulebook_forms.rows_of(given, kind.names, kind.most + MORE)
    found, problems = kind.read(rows)
    seen = _number(request.form.get("seen", ""))
    if problems:
        return _page(call_id, name, rows, problems, "", seen), 422
    try:
        with db().transaction() as session:
            call, _kind_of = _kind(session, call_id, name)
            if kind.part:
                day = deadlines.day_of(call.closes_at) if call.closes_at else clock.now().date()
                site, part = settings().public_url, {kind.part: found}
                changes.revise(session, call_id, part, day, seen=seen, site=site, who=who(), now=clock.now())
            else:
                grids.revise(session, call_id, found, seen=seen, who=who(), now=clock.now())
    except changes.ChangedMeanwhile as refusal:
        return _page(call_id, name, rows, {}, told(refusal)), refusal.status
    except RuleError as refusal:
        return _page(call_id, name, rows, {}, told(refusal), seen), 422
    flash(_("Une nouvelle version est gardée. Les dossiers déjà déposés gardent la leur."), "done")
    return redirect(url_for(".edit", call_id=call_id, name=name), 303)


def _number(typed: str) -> int | None:
    """The version that the page showed."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
