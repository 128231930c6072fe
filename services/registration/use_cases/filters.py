"""Step 2 of nine: a selection gets a name that the whole team finds again. Next: rules/lists.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.lists import SavedFilter
from services.registration.rules import lists as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.db import new_id
from shared.errors import NotFound


def keep(
    session: Session, event_id: uuid.UUID, name: str, selection: dict[str, Any], now: dt.datetime, *, who: str
) -> None:
    """The same name again replaces what it stood for."""
    name = rules.name_of_filter(name)
    values = {"name": name, "selection": selection, "made_by": who, "made_at": now}
    row = insert(SavedFilter).values(id=new_id(), event_id=event_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["event_id", "name"], set_=values))
    _note(session, event_id, "filter kept", who, name, now)


def drop(session: Session, event_id: uuid.UUID, filter_id: uuid.UUID, now: dt.datetime, *, who: str) -> str:
    """Returns its name. Raises NotFound."""
    gone = sa.delete(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.event_id == event_id)
    name: str | None = session.scalar(gone.returning(SavedFilter.name))
    if name is None:
        raise NotFound("filter-unknown", N_("Ce filtre n’existe pas."))
    _note(session, event_id, "filter dropped", who, name, now)
    return name


def _note(session: Session, event_id: uuid.UUID, what: str, who: str, name: str, now: dt.datetime) -> None:
    after = {"name": name}
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=None, after=after, now=now)
