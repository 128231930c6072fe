"""Step 2 of nine: the team notes that somebody wants no invitation any more. Next: queries/not_invited.py.

For who says so by telephone or in person; by their link people do it themselves (use_cases/invited.py). Either may undo
what the other noted, and only the hash of the address is kept (decision 0666).
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.invitations import Invitation
from services.registration.models.registrations import Registration
from services.registration.rules.people import email_hash, email_key
from services.registration.use_cases import invited
from shared import audit


def note(session: Session, email: str, now: dt.datetime, *, again: bool, who: str) -> bool:
    """No invitation to this address any more, or `again`. Returns whether that changes anything."""
    key = email_key(email)
    latest = sa.select(Invitation.id).where(Invitation.email_key == key).order_by(Invitation.invited_at.desc()).limit(1)
    hashed = email_hash(key)
    return _note(session, hashed, "invitation", session.scalar(latest) or uuid.UUID(hashed[:32]), now, again, who)


def note_of(session: Session, person: Registration, now: dt.datetime, *, again: bool, who: str) -> bool:
    """The same of who is registered; their own page says it happened."""
    return _note(session, email_hash(person.email_key), "registration", person.id, now, again, who)


def _note(
    session: Session, hashed: str, thing: str, thing_id: uuid.UUID, now: dt.datetime, again: bool, who: str
) -> bool:
    if again:
        what, changed = "stop undone by staff", invited.take_out(session, hashed)
    else:
        what, changed = "stopped by staff", invited.put_in(session, hashed, now)
    if changed:
        audit.record(session, who=who, what=what, thing=thing, thing_id=thing_id, before=None, after=None, now=now)
    return changed
