"""Lists of calls, projects, jurors and recusals, and the grid that a round freezes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.jury.models import (
    Call,
    Criterion,
    Grid,
    Juror,
    Project,
    Recusal,
    Round,
)


@dataclass(frozen=True)
class CallLine:
    """One call in the list: with how many projects and jurors, and its round."""

    call: Call
    projects: int
    jurors: int
    round: Round | None


def calls(session: Session) -> list[CallLine]:
    """Every call, newest first, without what holds the samples of an exercise. One query."""
    other = aliased(Round)
    latest = sa.select(sa.func.max(other.number)).where(other.call_id == Call.id).correlate(Call).scalar_subquery()
    query = (
        sa.select(
            Call,
            sa.select(sa.func.count())
            .where(Project.call_id == Call.id, Project.withdrawn_at.is_(None))
            .scalar_subquery(),
            sa.select(sa.func.count()).where(Juror.call_id == Call.id).scalar_subquery(),
            Round,
        )
        .outerjoin(Round, sa.and_(Round.call_id == Call.id, Round.number == latest))
        .where(Call.kind != "exercise")
        .order_by(Call.created_at.desc(), Call.id)
    )
    return [CallLine(*row) for row in session.execute(query)]


def public_calls(session: Session) -> list[Call]:
    """Those that were opened, the one that closes first first, then those without a date; no samples of an exercise."""
    query = sa.select(Call).where(Call.kind != "exercise", Call.state != "draft")
    return list(session.scalars(query.order_by(Call.closes_at.asc().nulls_last(), Call.opened_at.desc(), Call.id)))


def published_calls(session: Session) -> set[uuid.UUID]:
    """Those whose results are out."""
    return set(session.scalars(sa.select(Round.call_id).where(Round.published_at.is_not(None))))


def projects_of(session: Session, call_id: uuid.UUID, *, withdrawn: bool = False) -> list[Project]:
    """Those that stand, by number; with `withdrawn`, those that gave up too."""
    query = sa.select(Project).where(Project.call_id == call_id).order_by(Project.number)
    return list(session.scalars(query if withdrawn else query.where(Project.withdrawn_at.is_(None))))


def jurors_of(session: Session, call_id: uuid.UUID) -> list[Juror]:
    order = (sa.func.lower(Juror.last_name), sa.func.lower(Juror.first_name), Juror.id)
    return list(session.scalars(sa.select(Juror).where(Juror.call_id == call_id).order_by(*order)))


def recusals_of(session: Session, call_id: uuid.UUID, *, lifted: bool = False) -> list[Recusal]:
    """Standing recusals, oldest first; with `lifted`, those that were lifted too."""
    query = (
        sa.select(Recusal)
        .join(Juror, Juror.id == Recusal.juror_id)
        .where(Juror.call_id == call_id)
        .order_by(Recusal.declared_at, Recusal.id)
    )
    return list(session.scalars(query if lifted else query.where(Recusal.lifted_at.is_(None))))


def criteria_of(session: Session, call_id: uuid.UUID) -> list[Criterion]:
    """The criteria of the newest grid of a call, in order."""
    newest = sa.select(sa.func.max(Grid.version)).where(Grid.call_id == call_id).scalar_subquery()
    query = (
        sa.select(Criterion)
        .join(Grid, Grid.id == Criterion.grid_id)
        .where(Grid.call_id == call_id, Grid.version == newest)
        .order_by(Criterion.position)
    )
    return list(session.scalars(query))


def grid_of(session: Session, call: Call) -> dict[str, Any]:
    """What a round freezes: criteria with their levels, and the rulebook with its version. Plain JSON."""
    criteria = criteria_of(session, call.id)
    return {
        "grid_id": str(criteria[0].grid_id),
        "comments_count": True,
        "criteria": [
            {
                "id": str(c.id),
                "title": c.title,
                "help": c.help,
                "weight": c.weight,
                "max": c.max_level,
                "minimum": c.minimum,
                "levels": c.levels,
                "comment_required_for": c.comment_required_for,
                **({"title_en": c.title_en} if c.title_en else {}),
                **({"section": c.section} if c.section else {}),
            }
            for c in criteria
        ],
        "rulebook": call.rulebook,
        "rulebook_version": call.rulebook_version,
        "rulebook_hash": call.rulebook_hash,
    }
