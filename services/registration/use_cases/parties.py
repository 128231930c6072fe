"""Step 2 of nine: colleagues on one form. Next: services/registration/rules/seats.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.parties import Party, PartyMember
from shared.db import new_id


def join(
    session: Session,
    event_id: uuid.UUID,
    ids: Sequence[uuid.UUID],
    fresh: Sequence[int],
    together: bool,
    now: dt.datetime,
) -> uuid.UUID:
    """Put the new ones of a form under the party of its contact, who is the first; make it when there is none."""
    contact = ids[0]
    known = session.scalar(
        sa.select(PartyMember.party_id).where(PartyMember.registration_id == contact, PartyMember.contact)
    )
    party_id = known or new_id()
    if known is None:
        session.execute(sa.insert(Party).values(id=party_id, event_id=event_id, together=together, made_at=now))
    # A contact who was registered before, alone, joins too; one who came with others stays with them.
    rows = [
        {"registration_id": ids[place], "party_id": party_id, "contact": place == 0} for place in sorted({0, *fresh})
    ]
    session.execute(insert(PartyMember).values(rows).on_conflict_do_nothing())
    return party_id
