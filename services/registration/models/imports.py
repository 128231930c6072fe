"""Step 4 of nine: a file of people, between the preview and the report. Next: services/registration/announce/."""

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


class PeopleFile(Base):
    """A file that the staff loaded. It holds addresses, so it goes after a day if nobody confirms it."""

    __tablename__ = "people_files"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    who: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    confirmed_by: Mapped[str | None] = mapped_column(sa.String(254))
    done_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)

    @property
    def state(self) -> str:
        """ "pending": shown, nobody is registered; "confirmed": its people are being registered; "done": a report."""
        return "done" if self.done_at else "confirmed" if self.confirmed_at else "pending"


class PeopleFileLine(Base):
    """One line: its clean answers until it is registered, then what became of it."""

    __tablename__ = "people_file_lines"
    __table_args__ = (
        sa.CheckConstraint(
            "outcome IN ('new', 'known', 'twice', 'refused', 'confirmed', 'wait_listed')", name="outcome_known"
        ),
    )

    file_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people_files.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(300))
    outcome: Mapped[str] = mapped_column(sa.String(12))
    why: Mapped[str] = mapped_column(sa.String(500), default="")
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Forgotten once the line is registered: the registration holds them."""
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="SET NULL"), index=True
    )
