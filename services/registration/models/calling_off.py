"""Step 4 of nine: an event or an assembly does not take place. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registration.models.events import INSTANT, Event
from services.registration.models.orm import Base


class CallingOff(Base):
    """Who called an event off, and why. Until `leaves_at` nobody was written to and it can be taken back."""

    __tablename__ = "callings_off"
    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sa.CheckConstraint("state_before IN ('published', 'closed')", name="state_before_known"),
        sa.CheckConstraint("ended_at >= leaves_at", name="ends_after_the_window"),
        sa.Index("ix_callings_off_due", "leaves_at", postgresql_where=sa.text("ended_at IS NULL")),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    reason_en: Mapped[str] = mapped_column(sa.String(300), default="")
    state_before: Mapped[str] = mapped_column(sa.String(12))
    """What the event goes back to when this is taken back."""
    made_by: Mapped[str] = mapped_column(sa.String(254))
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    leaves_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ended_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """Every registration is ended and its person told."""

    def reason_in(self, locale: str) -> str:
        """In English for who reads English, when it was written."""
        return self.reason_en if locale == "en" and self.reason_en else self.reason


class AssemblyCallingOff(Base):
    """Who called an assembly off, and why; with the event that announced it (event_id), where that was called off in
    the same gesture, or in another before the mails left: whoever is of both is told of both in one mail. Until
    `leaves_at` nobody was written to.
    """

    __tablename__ = "assembly_callings_off"
    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="reason_given"),
        sa.CheckConstraint("ended_at >= leaves_at", name="ends_after_the_window"),
        sa.Index("ix_assembly_callings_off_due", "leaves_at", postgresql_where=sa.text("ended_at IS NULL")),
    )

    assembly_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assemblies.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("events.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    reason_en: Mapped[str] = mapped_column(sa.String(300), default="")
    made_by: Mapped[str] = mapped_column(sa.String(254))
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    leaves_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ended_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """Its voters are told, and its proxies lapsed."""

    event: Mapped[Event | None] = relationship(viewonly=True)

    def reason_in(self, locale: str) -> str:
        """In English for who reads English, when it was written."""
        return self.reason_en if locale == "en" and self.reason_en else self.reason
