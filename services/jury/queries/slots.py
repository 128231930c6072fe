"""Which bearers do not know their slot yet."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import running
from services.jury.models import Gathering, Round, ToldSlot
from services.jury.queries.room import turns_of


def untold(session: Session, this: Round, place: str) -> list[running.Turn]:
    """The turns to come whose bearer was told nothing, or another time or place. Without what a late start or an
    overrun adds minute by minute: a mail would be wrong a minute later, and be sent again."""
    query = sa.select(ToldSlot).where(ToldSlot.round_id == this.id, ToldSlot.taken_back_at.is_(None))
    told = {str(one.project_id): running.Told(one.starts_at, one.ends_at, one.place) for one in session.scalars(query)}
    return running.to_tell(turns_of(session, this), told, place)


def place_of(session: Session, this: Round) -> str:
    """Where the round is held, as far as the event it is held at says."""
    gathering = session.get(Gathering, this.gathering_id) if this.gathering_id else None
    return gathering.place if gathering else ""
