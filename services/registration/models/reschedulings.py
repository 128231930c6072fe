"""Step 4 of nine: an event moved, and who is still to be told. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Rescheduling(Base):
    """One change of date, hour or place that the staff chose to tell.

    `was`: starts_at, ends_at and place of before, and `access`, how one got to each further site.
    """

    __tablename__ = "reschedulings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    reason: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")
    reason_en: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")

    @property
    def day(self) -> dt.datetime:
        """When it was to begin."""
        return dt.datetime.fromisoformat(self.was["starts_at"])

    def reason_in(self, locale: str) -> str:
        """In English for who reads English, when it was written."""
        return self.reason_en if locale == "en" and self.reason_en else self.reason


class ReschedulingRecipient(Base):
    """Somebody who was registered at that instant. The row goes with the fact that tells them."""

    __tablename__ = "rescheduling_recipients"

    rescheduling_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("reschedulings.id", ondelete="CASCADE"), primary_key=True
    )
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
