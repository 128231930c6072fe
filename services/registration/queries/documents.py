"""Documents of events, without their bytes. Next, for what they are: models/documents.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.documents import EventDocument

ByLine = dict[uuid.UUID | None, list[EventDocument]]


def of_event(session: Session, event_id: uuid.UUID) -> Sequence[EventDocument]:
    """All of them, in their order."""
    query = sa.select(EventDocument).where(EventDocument.event_id == event_id)
    return session.scalars(query.order_by(EventDocument.position, EventDocument.id)).all()


def shown(session: Session, event_ids: Collection[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, list[EventDocument]]:
    """Those that everybody may read now, by event. One statement."""
    begun = EventDocument.shown_from.is_(None) | (EventDocument.shown_from <= now)
    query = sa.select(EventDocument).where(EventDocument.event_id.in_(event_ids), begun)
    found: dict[uuid.UUID, list[EventDocument]] = defaultdict(list)
    for one in session.scalars(query.order_by(EventDocument.position, EventDocument.id)):
        found[one.event_id].append(one)
    return found


def by_line(session: Session, event_id: uuid.UUID, now: dt.datetime) -> ByLine:
    """Those that everybody may read now, by the line of the programme that they belong to; None: the whole event."""
    found: ByLine = defaultdict(list)
    for one in shown(session, [event_id], now)[event_id]:
        found[one.line_id].append(one)
    return found
