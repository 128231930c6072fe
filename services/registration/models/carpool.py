"""Step 4 of nine: sharing cars without telling addresses. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


def _person(*, primary_key: bool = False, index: bool = False) -> Mapped[uuid.UUID]:
    to = sa.ForeignKey("registrations.id", ondelete="CASCADE")
    return mapped_column(to, primary_key=primary_key, index=index or None)


class CarpoolTrip(Base):
    """What one person offers or seeks. It stands only while they agree to be put in touch."""

    __tablename__ = "carpool_trips"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('offer', 'seek')", name="kind_known"),
        sa.CheckConstraint("seats BETWEEN 1 AND 8", name="seats_of_a_car"),
        sa.CheckConstraint("km IS NULL OR km BETWEEN 1 AND 2000", name="km_by_road"),
    )

    registration_id: Mapped[uuid.UUID] = _person(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    seats: Mapped[int]
    town: Mapped[str] = mapped_column(sa.String(80), default="")
    back: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """When they go back, in their words."""
    km: Mapped[int | None]
    """One way, as the person said it; None: estimated from the département."""
    at: Mapped[dt.datetime] = mapped_column(INSTANT)


class CarpoolNote(Base):
    """A message from one to the other. The text goes thirty days after the event, like other private words."""

    __tablename__ = "carpool_notes"
    __table_args__ = (sa.CheckConstraint("from_id <> to_id", name="to_somebody_else"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    from_id: Mapped[uuid.UUID] = _person(index=True)
    to_id: Mapped[uuid.UUID] = _person(index=True)
    text: Mapped[str] = mapped_column(sa.String(1000))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    reported_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class CarpoolBlock(Base):
    """`by_id` no longer wants to hear from `about_id`; neither sees the other."""

    __tablename__ = "carpool_blocks"

    by_id: Mapped[uuid.UUID] = _person(primary_key=True)
    about_id: Mapped[uuid.UUID] = _person(primary_key=True, index=True)


class CarpoolRide(Base):
    """The driver says: this person travels with me. One car for each passenger."""

    __tablename__ = "carpool_rides"
    __table_args__ = (sa.CheckConstraint("driver_id <> passenger_id", name="two_people"),)

    passenger_id: Mapped[uuid.UUID] = _person(primary_key=True)
    driver_id: Mapped[uuid.UUID] = _person(index=True)
    km: Mapped[int | None]
    """One way, kept as it was when they agreed: the report outlives the trip."""
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
