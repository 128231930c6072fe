"""The last time that an event moved and people were told."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.reschedulings import Rescheduling
from shared.clock import PARIS


def latest(session: Session, event_id: uuid.UUID) -> Rescheduling | None:
    query = sa.select(Rescheduling).where(Rescheduling.event_id == event_id)
    return session.scalar(query.order_by(Rescheduling.made_at.desc(), Rescheduling.id.desc()).limit(1))


def from_another_day(session: Session, event: Event) -> Rescheduling | None:
    """Its last move, when people know it from another day than that of now."""
    found = latest(session, event.id)
    day = event.starts_at.astimezone(PARIS).date()
    return found if found and found.day.astimezone(PARIS).date() != day else None
