"""What arrived after closing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import (
    Juror,
    LateEntry,
    Project,
    ScoreCell,
)


@dataclass(frozen=True)
class Late:
    entry: LateEntry
    juror: Juror
    project: Project
    held: Any

    @property
    def waits(self) -> bool:
        """For a decision: no value of a project that gave up does."""
        return self.entry.state == "waiting" and self.project.withdrawn_at is None


def late_tray(session: Session, round_id: uuid.UUID) -> list[Late]:
    """What arrived after closing, waiting first, then in order of arrival, with the value it would replace."""
    query = (
        sa.select(LateEntry, Juror, Project, ScoreCell.value)
        .join(Juror, Juror.id == LateEntry.juror_id)
        .join(Project, Project.id == LateEntry.project_id)
        .outerjoin(
            ScoreCell,
            sa.and_(
                ScoreCell.round_id == LateEntry.round_id,
                ScoreCell.juror_id == LateEntry.juror_id,
                ScoreCell.project_id == LateEntry.project_id,
                ScoreCell.field == LateEntry.field,
            ),
        )
        .where(LateEntry.round_id == round_id)
        .order_by(LateEntry.state != "waiting", LateEntry.received_at, LateEntry.id)
    )
    return [Late(*row) for row in session.execute(query)]


def waiting_late(session: Session, round_id: uuid.UUID) -> int:
    """How many late values wait for a decision."""
    query = sa.select(sa.func.count()).select_from(LateEntry).join(Project, Project.id == LateEntry.project_id)
    query = query.where(LateEntry.round_id == round_id, LateEntry.state == "waiting", Project.withdrawn_at.is_(None))
    return session.scalar(query) or 0
