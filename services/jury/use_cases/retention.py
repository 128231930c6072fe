"""What time alone takes away: names in applications and projects that nothing asks to be kept any more.

What was decided, scored and paid stays, to be counted; only who it was goes. The same rules answer a person who asks
to be erased (erasing.py); here nobody has asked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Award, Project
from services.jury.models.followup import AwardLink, Instalment
from services.jury.use_cases import erasing

GRANTS = dt.timedelta(days=10 * 365 + 3)
"""How long a project that got an aid is kept with its bearer, after its answer or its last payment."""
NAMES = erasing.BEARER + erasing.OTHERS + erasing.TEACHER


@dataclass(frozen=True)
class Retained:
    """How many lost their names, or would: drafts, filed applications and projects of the jury."""

    drafts: int
    filed: int
    projects: int

    @property
    def total(self) -> int:
        return self.drafts + self.filed + self.projects


def retain(session: Session, now: dt.datetime, *, dry_run: bool = False) -> Retained:
    """Take the names out of what is past its time, or count it."""
    projects, drafts = _projects(session, now), _drafts(session, now)
    filed = _filed(session, projects, now)
    if not dry_run:
        for project in session.scalars(sa.select(Project).where(Project.id.in_(projects)).with_for_update()):
            erasing.forget_bearer(session, project)
        awards = sa.select(Award.id).where(Award.project_id.in_(projects))
        session.execute(sa.delete(AwardLink).where(AwardLink.award_id.in_(awards)))
        erasing.unname(session, NAMES, Application.id.in_(filed))
        erasing.unname_drafts(session, drafts, NAMES)
        erasing.close_links(session, filed)
    return Retained(len(drafts), len(filed), len(projects))


def _projects(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Not helped for two years, or helped and paid ten years ago, whether or not the minutes were ever signed."""
    paid = (
        sa.select(sa.func.max(Instalment.paid_at))
        .join(Award, Award.id == Instalment.award_id)
        .where(Award.project_id == Project.id)
        .scalar_subquery()
    )
    over = sa.case(
        (erasing.is_helped(), sa.func.greatest(erasing.answered(), paid) < now - GRANTS),
        else_=erasing.answered() < now - erasing.APPEALS,
    )
    return list(session.scalars(sa.select(Project.id).where(Project.bearer_email != "", over)))


def _drafts(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Nobody has typed in them for two years."""
    old = Application.updated_at < now - erasing.APPEALS
    return list(session.scalars(sa.select(Application.id).where(Application.state == "draft", old, _named())))


def _filed(session: Session, projects: list[uuid.UUID], now: dt.datetime) -> list[uuid.UUID]:
    """With their project, or two years after they were filed when they never became one."""
    alone = sa.and_(Application.project_id.is_(None), Application.filed_at < now - erasing.APPEALS)
    due = sa.or_(Application.project_id.in_(projects), alone)
    return list(session.scalars(sa.select(Application.id).where(Application.filed_at.is_not(None), due, _named())))


def _named() -> sa.ColumnElement[bool]:
    return Application.content.op("?|")(sa.cast(NAMES, sa.ARRAY(sa.Text)))
