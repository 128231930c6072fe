"""The sheets of a round, the ranking they give, and the words that go with them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import own_severity, rules, scoring
from services.jury.models import (
    Juror,
    JuryVote,
    Reading,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.queries.rounds import recusal_stands, recusals_in, sits_in, standing_in

Pair = tuple[uuid.UUID, uuid.UUID]
"""(juror, project)"""


def assigned(session: Session, this: Round, juror_id: uuid.UUID | None = None) -> set[Pair] | None:
    """Who was given what, of one juror or of all; None when everyone reads everything."""
    if this.assigned_at is None:
        return None
    query = sa.select(Reading.juror_id, Reading.project_id).where(
        Reading.round_id == this.id, Reading.taken_at.is_(None)
    )
    if juror_id is not None:
        query = query.where(Reading.juror_id == juror_id)
    return {(juror, project) for juror, project in session.execute(query)}


def sheets(session: Session, this: Round) -> list[scoring.Sheet]:
    """One sheet per juror and project that the juror reads in this round, written or not."""
    frozen = this.frozen or {"criteria": []}
    wanted = {c["id"] for c in frozen["criteria"]}
    jurors = session.scalars(sa.select(Juror.id).where(sits_in(this))).all()
    projects = session.scalars(standing_in(this)).all()
    apart = {(r.juror_id, r.project_id) for r in recusals_in(session, this)}
    given = assigned(session, this)
    commented = sa.and_(ScoreCell.field == "comment", sa.cast(ScoreCell.value, sa.Text) != '""')
    # One row per sheet instead of one per level: a round of 24,000 levels is ranked while the room waits.
    written = (
        sa.select(
            ScoreCell.juror_id,
            ScoreCell.project_id,
            sa.func.jsonb_object_agg(ScoreCell.field, ScoreCell.value).filter(ScoreCell.field != "comment"),
            sa.func.bool_or(commented),
        )
        .where(
            ScoreCell.round_id == this.id,
            ScoreCell.value.is_not(None),
            ScoreCell.field.in_([*sorted(wanted), "status", "comment"]),
        )
        .group_by(ScoreCell.juror_id, ScoreCell.project_id)
    )
    values: dict[Pair, dict[str, int]] = {}
    abstained: set[Pair] = set()
    explained: set[Pair] = set()
    for juror, project, levels, has_comment in session.execute(written):
        fields = levels or {}
        if has_comment:
            explained.add((juror, project))
        if fields.pop("status", None) == rules.ABSTAINED:
            abstained.add((juror, project))
        values[juror, project] = {name: value for name, value in fields.items() if isinstance(value, int)}
    return [
        scoring.Sheet(
            juror=str(juror),
            project=str(project),
            values=values.get((juror, project), {}),
            abstained=(juror, project) in abstained,
            recused=(juror, project) in apart,
            commented=(juror, project) in explained,
        )
        for juror in jurors
        for project in projects
        if given is None or (juror, project) in given
    ]


def completed(session: Session, this: Round, juror_id: uuid.UUID) -> set[uuid.UUID]:
    """The projects whose sheet by this juror is complete."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    mine = (sheet for sheet in sheets(session, this) if sheet.juror == str(juror_id))
    return {uuid.UUID(sheet.project) for sheet in mine if scoring.state(criteria, sheet) == "complete"}


def others(session: Session, this: Round, juror_id: uuid.UUID, project_id: uuid.UUID) -> list[Fraction] | None:
    """What the others gave a project, lowest first, without names; None as long as the juror's own sheet is not
    complete, and when the round does not show it."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    found: list[Fraction] = []
    mine = False
    for sheet in sheets(session, this):
        if sheet.project != str(project_id) or scoring.state(criteria, sheet) != "complete":
            continue
        score = scoring.sheet_score(criteria, sheet.values)
        if sheet.juror == str(juror_id):
            mine = True
        elif score is not None:
            found.append(score)
    return sorted(found) if mine and this.shows_others else None


def beside_group(session: Session, this: Round, juror_id: uuid.UUID) -> own_severity.Beside | None:
    """How this juror scored beside the others; None where too little can be compared."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    return own_severity.beside(criteria, sheets(session, this), str(juror_id))


def ranking(session: Session, this: Round) -> list[scoring.Standing]:
    """The official ranking as of now; final once the round is closed and the late tray settled."""
    frozen = this.frozen or {"criteria": [], "rulebook": {"minimum_readings": 1}}
    if not frozen["criteria"]:
        return []
    found = sheets(session, this)
    projects = session.scalars(standing_in(this)).all()
    rule = rules.rule_of(frozen, this.seed or "", voted_orders(session, this))
    return scoring.rank(rules.criteria_of(frozen), rule, [str(p) for p in projects], found)


def voted_orders(session: Session, this: Round) -> list[list[str]]:
    """The orders of equal projects that the jury adopted by a vote that stands, oldest first."""
    if this.closed_at is None:
        return []
    query = sa.select(JuryVote.placed).where(
        JuryVote.round_id == this.id,
        JuryVote.outcome == "adopted",
        JuryVote.set_aside_at.is_(None),
        sa.func.cardinality(JuryVote.placed) > 0,
    )
    return [[str(one) for one in placed] for placed in session.scalars(query.order_by(JuryVote.position))]


def texts(session: Session, this: Round, field: str) -> dict[uuid.UUID, list[str]]:
    """The comments ("comment") or words for the applicant ("feedback") per project, without their authors.

    Sorted by the text itself, so that the order tells nothing about who wrote what; recused jurors left out, and
    projects that gave up.
    """
    outside = (
        sa.select(sa.literal(1))
        .where(
            Recusal.juror_id == ScoreCell.juror_id,
            Recusal.project_id == ScoreCell.project_id,
            recusal_stands(this),
        )
        .exists()
    )
    query = sa.select(ScoreCell.project_id, ScoreCell.value).where(
        ScoreCell.round_id == this.id, ScoreCell.field == field, ScoreCell.project_id.in_(standing_in(this)), ~outside
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for project_id, value in session.execute(query):
        if isinstance(value, str) and value:
            found[project_id].append(value)
    return {project_id: sorted(words) for project_id, words in found.items()}
