"""Step 2 of nine: a logo is kept for a name, or taken away. Next: services/registration/models/partners.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.logos import Drawn
from services.registration.models.partners import Logo
from services.registration.rules.people import fold
from shared import audit


def keep_logo(session: Session, event_id: uuid.UUID, name: str, drawn: Drawn, now: dt.datetime, *, who: str) -> None:
    """The logo of this name from now on, on this event and on every other that names it."""
    key = fold(name)
    # Of the name too: two spellings, or the former name and today's, often have one picture.
    address = hashlib.sha256(key.encode() + b"\0" + drawn.png).hexdigest()[:32]
    values = {"address": address, "body": drawn.png, "width": drawn.width, "height": drawn.height, "kept_at": now}
    new = insert(Logo).values(name_key=key, **values)
    session.execute(new.on_conflict_do_update(index_elements=[Logo.name_key], set_=values))
    _record(session, event_id, "logo kept", None, {"name": name}, now, who)


def remove_logo(session: Session, event_id: uuid.UUID, name: str, now: dt.datetime, *, who: str) -> bool:
    """Without a logo again; False when it had none."""
    gone = session.scalar(sa.delete(Logo).where(Logo.name_key == fold(name)).returning(Logo.name_key))
    if gone is not None:
        _record(session, event_id, "logo removed", {"name": name}, None, now, who)
    return gone is not None


def _record(
    session: Session,
    event_id: uuid.UUID,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
    who: str,
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=before, after=after, now=now)
