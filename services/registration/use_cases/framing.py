"""Step 2 of nine: other sites may show the form of an event, or may not any more. Next: models/events.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.registration.models.events import Event
from shared import audit


def allow(session: Session, event_id: uuid.UUID, sites: Sequence[str], now: dt.datetime, *, who: str) -> bool:
    """These sites from now on, as `rules.framing.site` writes them, and no others; False when it was so already."""
    event = session.get_one(Event, event_id, with_for_update=True)
    before, after = event.framed_by, list(sites)
    if before == after:
        return False
    event.framed_by = after
    audit.record(
        session,
        who=who,
        what="sites allowed",
        thing="event",
        thing_id=event_id,
        before={"sites": before},
        after={"sites": after},
        now=now,
    )
    return True
