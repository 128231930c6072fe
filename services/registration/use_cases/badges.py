"""Step 2 of nine: the team chooses what stands on the badges of an event. Next: models/events.py."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.rules.badges import Badge
from shared import audit


def choose(session: Session, event_id: uuid.UUID, badge: Badge, now: dt.datetime, *, who: str) -> None:
    event = session.get_one(Event, event_id, with_for_update={"key_share": True})
    before, event.badge = event.badge, badge.plain()
    if before != event.badge:
        # Not the marks: one may name a person, and the journal of an event outlives them.
        after = {name: event.badge[name] for name in ("layout", "parts", "question")}
        audit.record(
            session, who=who, what="badge set", thing="event", thing_id=event_id, before=None, after=after, now=now
        )


def keep_again(earlier: Event, event: Event) -> None:
    """An event that was made from another has its badge."""
    event.badge = dict(earlier.badge)
