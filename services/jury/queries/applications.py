"""Applications of a call, and the papers of one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import budget, tandems
from services.jury.dossiers import Dossier, goals_of
from services.jury.filings import Filing
from services.jury.models import Application, Attachment, EarlierFiling

_STANDING = sa.case((Application.withdrawn_at.is_not(None), "withdrawn"), else_=Application.state).label("state")
_SHOWN = (
    "title",
    "structure",
    "school_name",
    "school_town",
    "bearer_first_name",
    "bearer_last_name",
    "place",
    "theme",
    "goal_1",
    "goal_2",
    *(f"request_{year}" for year in range(1, budget.YEARS + 2)),
)


def applications_of(session: Session, call_id: uuid.UUID) -> list[Application]:
    """Those that were filed, oldest first, with all they say."""
    query = sa.select(Application).where(Application.call_id == call_id, Application.state != "draft")
    return list(session.scalars(query.order_by(Application.filed_at, Application.id)))


def dossiers_of(session: Session, call_id: uuid.UUID) -> list[Dossier]:
    """Those that were filed, oldest first: of each text only what a line shows, so that 600 stay light."""
    shown = [Application.content[name].astext.label(name) for name in _SHOWN]
    query = (
        sa.select(Application.id, Application.reference, _STANDING, Application.filed_at, *shown)
        .where(Application.call_id == call_id, Application.state != "draft")
        .order_by(Application.filed_at, Application.id)
    )
    return [_dossier(row._asdict()) for row in session.execute(query)]


def _dossier(row: dict[str, Any]) -> Dossier:
    text = {name: row[name] or "" for name in _SHOWN}
    return Dossier(
        id=row["id"],
        reference=row["reference"],
        standing=row["state"],
        title=text["title"],
        structure=tandems.both(text["structure"], text),
        bearer=f"{text['bearer_first_name']} {text['bearer_last_name']}",
        place=text["place"],
        theme=text["theme"],
        goals=goals_of(text),
        requested=budget.of(text).requested,
        filed_at=row["filed_at"],
    )


def drafts_of(session: Session, call_id: uuid.UUID) -> int:
    query = sa.select(sa.func.count()).where(Application.call_id == call_id, Application.state == "draft")
    return session.scalar(query) or 0


def to_check(session: Session, call_id: uuid.UUID, states: Sequence[str] = ("filed",)) -> int:
    """How many were filed and wait for the staff's word; with "to_complete" also those that wait for their bearer's."""
    mine = Application.call_id == call_id, Application.state.in_(states), Application.withdrawn_at.is_(None)
    return session.scalar(sa.select(sa.func.count()).select_from(Application).where(*mine)) or 0


def removed_by_staff(session: Session, application_id: uuid.UUID) -> list[Attachment]:
    """The papers that the staff took out, with their reason, oldest first."""
    query = sa.select(Attachment).where(Attachment.application_id == application_id, Attachment.removed_why != "")
    return list(session.scalars(query.order_by(Attachment.removed_at, Attachment.id)))


def filed_and_replaced() -> sa.Select[Attachment]:
    """Papers of filed copies in whose place their bearer put others; what the staff took out is none of them."""
    earlier = sa.exists().where(
        EarlierFiling.application_id == Attachment.application_id, *_stood_at(EarlierFiling.filed_at)
    )
    return (
        sa.select(Attachment)
        .join(Application, Application.id == Attachment.application_id)
        .where(Attachment.removed_by == "applicant", sa.or_(sa.and_(*_stood_at(Application.filed_at)), earlier))
    )


def _stood_at(filed_at: Any) -> tuple[sa.ColumnElement[bool], ...]:
    """Of a paper that was taken out: that it was there at this filing, and went later."""
    return Attachment.added_at <= filed_at, Attachment.removed_at > filed_at


def _counts() -> sa.ColumnElement[bool]:
    """The papers of what counts: those that stand; where it is being corrected, those of what was filed, for what its
    bearer adds and takes out since comes with the next filing."""
    taken_since = sa.and_(Attachment.removed_by == "applicant", *_stood_at(Application.filed_at))
    filed = sa.and_(Attachment.added_at <= Application.filed_at, Attachment.removed_at.is_(None))
    return sa.case(
        (Application.correction.is_(None), Attachment.removed_at.is_(None)), else_=sa.or_(filed, taken_since)
    )


def replaced_of(session: Session, application_id: uuid.UUID) -> list[Attachment]:
    """Those of one application that do not count any more, in the order they came."""
    query = filed_and_replaced().where(Attachment.application_id == application_id, ~_counts())
    return list(session.scalars(query.order_by(Attachment.added_at, Attachment.id)))


def attachments_of(session: Session, application_id: uuid.UUID) -> list[Attachment]:
    """The papers that count, in the order they came: what the staff and the jurors read."""
    query = sa.select(Attachment).join(Application, Application.id == Attachment.application_id)
    query = query.where(Application.id == application_id, _counts())
    return list(session.scalars(query.order_by(Attachment.added_at, Attachment.id)))


def written_papers_of(session: Session, application_id: uuid.UUID) -> list[Attachment]:
    """The papers where it is written, in the order they came: what its bearer sees, and files next."""
    query = sa.select(Attachment).where(Attachment.application_id == application_id, Attachment.removed_at.is_(None))
    return list(session.scalars(query.order_by(Attachment.added_at, Attachment.id)))


def filings_of(session: Session, application: Application) -> list[Filing]:
    """What was filed, the first filing first; the last one counts."""
    query = sa.select(EarlierFiling).where(EarlierFiling.application_id == application.id)
    found = [
        (one.filed_at, one.filed_hash, one.filed) for one in session.scalars(query.order_by(EarlierFiling.filed_at))
    ]
    if application.filed_at is not None and application.filed_hash is not None and application.filed is not None:
        found.append((application.filed_at, application.filed_hash, application.filed))
    return [Filing(number, *one) for number, one in enumerate(found, start=1)]
