"""Applications of a call, and the papers of one."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Attachment


def applications_of(session: Session, call_id: uuid.UUID) -> list[Application]:
    """Those that were filed, oldest first."""
    query = sa.select(Application).where(Application.call_id == call_id, Application.state != "draft")
    return list(session.scalars(query.order_by(Application.filed_at, Application.id)))


def drafts_of(session: Session, call_id: uuid.UUID) -> int:
    query = sa.select(sa.func.count()).where(Application.call_id == call_id, Application.state == "draft")
    return session.scalar(query) or 0


def attachments_of(session: Session, application_id: uuid.UUID) -> list[Attachment]:
    """The papers that stand, in the order they came."""
    query = sa.select(Attachment).where(Attachment.application_id == application_id, Attachment.removed_at.is_(None))
    return list(session.scalars(query.order_by(Attachment.added_at, Attachment.id)))
