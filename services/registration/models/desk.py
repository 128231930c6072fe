"""Step 4 of nine for the desk: devices at the door, who is in the building. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Desk(Base):
    """One device at the door of one event: a code once, then a bearer token, both kept hashed."""

    __tablename__ = "desks"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "number"),
        sa.CheckConstraint("(paired_at IS NULL) = (token_hash IS NULL)", name="paired_has_token"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    number: Mapped[int]
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    code_expires_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    token_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    paired_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class Attendance(Base):
    """Whether one registered person came on one day of the event. `version` grows with each change."""

    __tablename__ = "attendances"
    __table_args__ = (
        sa.CheckConstraint("NOT present OR at IS NOT NULL", name="present_since"),
        sa.CheckConstraint("version >= 0", name="version_not_negative"),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[dt.date] = mapped_column(
        primary_key=True, server_default=sa.text("((now() - interval '4 hours') AT TIME ZONE 'Europe/Paris')::date")
    )
    """One of rules/days.py; an earlier version, which knows of one day only, leaves it out."""
    present: Mapped[bool] = mapped_column(server_default=sa.false())
    version: Mapped[int] = mapped_column(server_default="0")
    desk_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"))
    """None for who is in without a desk having seen them: they were seen in a workshop."""
    at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class DeskOperation(Base):
    """Each tap that arrived, with the answer it got: a replay gets the same. Rows are only ever added."""

    __tablename__ = "desk_operations"
    __table_args__ = (
        sa.CheckConstraint("outcome IN ('applied', 'conflict', 'refused')", name="outcome_known"),
        sa.Index("ix_desk_operations_conflicts", "desk_id", postgresql_where=sa.text("outcome = 'conflict'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    desk_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"))
    registration_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    day: Mapped[dt.date | None]
    """None: kept by an earlier version, which knew of one day only."""
    present: Mapped[bool]
    outcome: Mapped[str] = mapped_column(sa.String(12))
    version: Mapped[int]
    value: Mapped[int]
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    """What the person is told, in French; the first admission's time and desk fill it, where it names them."""
    other_desk_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"), index=True)
    other_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    received_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class WalkIn(Base):
    """A registration made at the door. `beyond_capacity`: no seat was left, nobody was turned away, and they have none
    since."""

    __tablename__ = "walk_ins"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    desk_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("desks.id", ondelete="CASCADE"))
    beyond_capacity: Mapped[bool]
