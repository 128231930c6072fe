"""Step 4 of nine: who is told by mail of new registrations. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Notice(Base):
    """One person told of the registrations for one event: somebody of the staff, or whoever reads that address.

    What is told is read from the registrations by the clock, so that registering costs no more for it. `told_up_to`
    moves in the transaction of the fact; `began` and `sent` count what left within an hour.
    """

    __tablename__ = "registration_notices"
    __table_args__ = (
        sa.CheckConstraint("how IN ('each', 'daily')", name="how_known"),
        sa.CheckConstraint("(staff_id IS NULL) = (email <> '')", name="one_address"),
        sa.UniqueConstraint("event_id", "staff_id"),
        sa.Index(
            "uq_registration_notices_address",
            "event_id",
            sa.text("lower(email)"),
            unique=True,
            postgresql_where=sa.text("email <> ''"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    """ "" for somebody of the staff: the mail goes to the address of the account as it is then."""
    locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    how: Mapped[str] = mapped_column(sa.String(10))
    told_up_to: Mapped[dt.datetime] = mapped_column(INSTANT)
    began: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    sent: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
