"""When an event moved and people were told."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.reschedulings import Rescheduling
from shared.clock import PARIS


def moves(session: Session, event_id: uuid.UUID) -> list[Rescheduling]:
    """The latest first."""
    query = sa.select(Rescheduling).where(Rescheduling.event_id == event_id)
    return list(session.scalars(query.order_by(Rescheduling.made_at.desc(), Rescheduling.id.desc())))


def from_another_day(session: Session, event: Event) -> Rescheduling | None:
    """Its last move from another day than that of now; another hour or room since hides it not."""
    day = event.starts_at.astimezone(PARIS).date()
    return next((one for one in moves(session, event.id) if one.day.astimezone(PARIS).date() != day), None)
