"""Step 4 of nine: colleagues registered on one form. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Party(Base):
    """People whom one of them registered. `together`: while the event is full they take seats all at once or not."""

    __tablename__ = "parties"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    together: Mapped[bool]
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class PartyMember(Base):
    """One registration of a party; the one who filled the form in is its contact."""

    __tablename__ = "party_members"
    __table_args__ = (
        sa.Index("uq_party_members_contact", "party_id", unique=True, postgresql_where=sa.text("contact")),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    party_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("parties.id", ondelete="CASCADE"), index=True)
    contact: Mapped[bool]
