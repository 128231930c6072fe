"""Step 2 of nine: who read sensitive answers, written down. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from shared import audit


def note(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Somebody of the staff opened the page of a person who has some."""
    _record(session, "sensitive answers read", "registration", registration_id, now, who)


def note_export(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Somebody of the staff took a file with those of a whole event."""
    _record(session, "sensitive answers exported", "event", event_id, now, who)


def _record(session: Session, what: str, thing: str, thing_id: uuid.UUID, now: dt.datetime, who: str) -> None:
    audit.record(session, who=who, what=what, thing=thing, thing_id=thing_id, before=None, after=None, now=now)
