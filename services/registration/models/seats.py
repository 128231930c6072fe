"""Step 4 of nine: seats. Next: services/registration/announce/.

One quota row per limited thing; one claim per registration and quota. The quota row is what a grant locks;
how many seats are taken is always counted, never kept in a counter that could drift.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Quota(Base):
    """A limit: of the event itself (`workshop_id` null) or of one workshop."""

    __tablename__ = "quotas"
    __table_args__ = (
        sa.CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        sa.CheckConstraint("(kind = 'workshop') = (workshop_id IS NOT NULL)", name="workshop_named"),
        sa.Index("uq_quotas_event", "event_id", unique=True, postgresql_where=sa.text("kind = 'event'")),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    workshop_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("workshops.id", ondelete="CASCADE"), unique=True
    )
    capacity: Mapped[int]


class SeatClaim(Base):
    """A seat of one registration. Confirmed, or offered and held until `expires_at`.

    A held seat is taken until the offer is ended under the lock, by an answer or by the worker: a clock alone
    frees nothing, so no two transactions can disagree about whose it is.
    """

    __tablename__ = "seat_claims"
    __table_args__ = (
        sa.CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="held_expires"),
        sa.CheckConstraint("state IN ('held', 'confirmed')", name="state_known"),
        sa.Index("ix_seat_claims_held", "expires_at", postgresql_where=sa.text("state = 'held'")),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    quota_id: Mapped[int] = mapped_column(sa.ForeignKey("quotas.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(sa.String(12), server_default="confirmed")
    expires_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    claimed_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class Reserve(Base):
    """Seats of the event kept for some types of actor through the day `kept_until`; common since `released_at`.

    Nobody claims them apart: how many of them are used is counted from the event's seats.
    """

    __tablename__ = "reserves"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", name="seats_positive"),
        sa.CheckConstraint("cardinality(actor_types) > 0", name="for_someone"),
        sa.Index("ix_reserves_kept", "event_id", postgresql_where=sa.text("released_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    actor_types: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.String(20)))
    seats: Mapped[int]
    kept_until: Mapped[dt.date]
    released_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class WaitingEntry(Base):
    """One person in one queue. `number` is given under the quota's lock, so it is the order of arrival."""

    __tablename__ = "waiting_entries"
    __table_args__ = (
        sa.UniqueConstraint("registration_id", "quota_id"),
        sa.Index("ix_waiting_entries_queue", "quota_id", "number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    registration_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("registrations.id", ondelete="CASCADE"))
    quota_id: Mapped[int] = mapped_column(sa.ForeignKey("quotas.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    party_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("parties.id", ondelete="SET NULL"))
    """Set when this person takes a seat only together with all who wait under the same party."""
    joined_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class WorkshopWish(Base):
    """What a person asked for, one workshop per slot; kept while they wait for the event itself."""

    __tablename__ = "workshop_wishes"
    __table_args__ = (
        sa.ForeignKeyConstraint(["workshop_id", "slot_id"], ["workshops.id", "workshops.slot_id"], ondelete="CASCADE"),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("slots.id", ondelete="CASCADE"), primary_key=True)
    workshop_id: Mapped[uuid.UUID] = mapped_column(index=True)
