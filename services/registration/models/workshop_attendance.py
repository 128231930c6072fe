"""Step 4 of nine for a workshop's door: who was seen in which of them. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class WorkshopAttendance(Base):
    """In which workshop of a slot somebody was seen last: nobody is in two rooms at a time. `version` grows with each
    change, whichever room it is about."""

    __tablename__ = "workshop_attendances"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["workshop_id", "slot_id"],
            ["workshops.id", "workshops.slot_id"],
            name="fk_workshop_attendances_workshop_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("workshop_id IS NULL OR at IS NOT NULL", name="seen_since"),
        sa.CheckConstraint("version >= 0", name="version_not_negative"),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("slots.id", ondelete="CASCADE"), primary_key=True)
    workshop_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """None: seen in none, or that was taken back."""
    version: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    desk_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"))
    host_link_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("host_links.id", ondelete="CASCADE"))


class WorkshopOperation(Base):
    """Each tap about a workshop, with the answer it got: a replay gets the same. Rows are only ever added."""

    __tablename__ = "workshop_operations"
    __table_args__ = (
        sa.CheckConstraint("outcome IN ('applied', 'conflict')", name="outcome_known"),
        sa.CheckConstraint("num_nonnulls(desk_id, host_link_id) = 1", name="by_one"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    workshop_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"), index=True)
    desk_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"))
    host_link_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("host_links.id", ondelete="CASCADE"))
    present: Mapped[bool]
    outcome: Mapped[str] = mapped_column(sa.String(12))
    version: Mapped[int]
    seen_in: Mapped[uuid.UUID | None]
    """Where they were seen after it."""
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    """What the person is told, in French; the other sight's time and workshop fill it, where it names them."""
    other_title: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    other_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    received_at: Mapped[dt.datetime] = mapped_column(INSTANT)
