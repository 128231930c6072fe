"""Step 4 of nine: ranked wishes and what came of them. Next: services/registration/announce/.

An event with a row in `allocations` asks for ranks and gives workshop seats at a date; without one, first come, first
served. Until `made_at` nobody has or waits for a workshop there: the wishes are all there is.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class Allocation(Base):
    """The terms, and once made the whole record: seed, seats, wishes and results by reference, never a name."""

    __tablename__ = "allocations"
    __table_args__ = (sa.CheckConstraint("(made_at IS NULL) = (record IS NULL)", name="made_recorded"),)

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str] = mapped_column(sa.String(60))
    """Drawn when ranks are first asked for, and never again: nobody draws until they like the result."""
    due_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    made_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    record: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), deferred=True)


class RankedWish(Base):
    """One wish of one person: 1 is the dearest of its slot. Kept after the allocation, for seats that come free."""

    __tablename__ = "ranked_wishes"
    __table_args__ = (
        sa.CheckConstraint("rank BETWEEN 1 AND 3", name="rank_known"),
        sa.UniqueConstraint("registration_id", "workshop_id"),
        sa.ForeignKeyConstraint(["workshop_id", "slot_id"], ["workshops.id", "workshops.slot_id"], ondelete="CASCADE"),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    workshop_id: Mapped[uuid.UUID] = mapped_column(index=True)


class AllocationResult(Base):
    """Who took part, with which lot, and whether the mail left."""

    __tablename__ = "allocation_results"
    __table_args__ = (
        sa.Index("ix_allocation_results_untold", "event_id", "lot", postgresql_where=sa.text("told_at IS NULL")),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("allocations.event_id", ondelete="CASCADE"))
    lot: Mapped[int]
    told_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
