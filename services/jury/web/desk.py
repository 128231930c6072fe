"""Step 1 of the what-if desk: reads what the chair tries from the address, and shows what would come out. Writes
nothing. Next: queries/desk.py."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.jury import queries, rulebooks, scoring
from services.jury.models import Round
from services.jury.web.doors import opens
from services.jury.web.staff import READERS, round_context, sees_members
from shared.errors import NotFound
from shared.web import db

blueprint = Blueprint("desk", __name__, url_prefix="/equipe/tours/<uuid:round_id>/deliberation/essai")


@blueprint.get("/")
@opens(*READERS)
def result(round_id: uuid.UUID) -> str:
    """What would come out, as a piece of the page: asked for again while the chair types."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        if this.state not in ("closed", "signed") or this.frozen is None:
            raise NotFound("not-closed", "On essaie après la clôture du tour.")
        return render_template(
            "jury/desk_result.html",
            **context,
            desk=tried(session, this, request.args),
            projects={str(p.id): p for p in queries.projects_in(session, this)},
            official={s.project: s.rank for s in queries.ranking(session, this)},
            shown=lambda value, digits=2: scoring.shown(value, digits, "." if str(get_locale()) == "en" else ","),
        )


def tried(session: Session, this: Round, asked: Mapping[str, str]) -> dict[str, Any]:
    """What is asked, and what comes of it. A weight or a member that cannot be read is ignored; a sum is named."""
    frozen = this.frozen or {"criteria": []}
    weights: dict[str, int] = {}
    for criterion in frozen["criteria"]:
        weight = _weight(asked.get(f"w_{criterion['id']}", ""))
        if weight is not None and weight != criterion["weight"]:
            weights[criterion["id"]] = weight
    # What a project loses without a member tells what that member gave it.
    known = {str(j.id) for j in queries.jurors_in(session, this)} if sees_members() else set()
    without = asked.get("without") if asked.get("without") in known else None
    wanted: dict[str, int] = {}
    errors: dict[str, list[str]] = {}
    for envelope in queries.envelopes_of(session, this):
        if typed := asked.get(f"e_{envelope['id']}", "").strip():
            cents = rulebooks.cents(typed)
            if cents is None:
                errors[envelope["id"]] = [_("Écrivez une somme en euros, comme 4 500 ou 4 500,50.")]
            else:
                wanted[envelope["id"]] = cents
    partial = asked.get("partial") == "true"
    found = queries.try_out(session, this, weights=weights, without=without, wanted=wanted, partial=partial)
    return {
        "asked": {key: value[:20] for key, value in asked.items()},
        "weights": weights,
        "without": without,
        "partial": partial,
        "errors": errors,
        "pots": found.pots,
        "standings": found.standings,
        "touched": bool(weights or without or wanted or errors or partial),
    }


def _weight(typed: str) -> int | None:
    """From 1 to 1000; None for anything else."""
    weight = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
    return weight if 1 <= weight <= 1000 else None
