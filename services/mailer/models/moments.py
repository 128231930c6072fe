"""What facts of the other services tell of a person: for the timeline of a contact."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from services.mailer.rules import MOMENTS


class Moment(Base):
    """One fact. thing: the registration, application or project; within: its event or call.

    `email_hash` is SHA-256 of the folded address, in hex: who has no contact here stays a fingerprint.
    """

    __tablename__ = "moments"
    __table_args__ = (sa.CheckConstraint(f"kind IN ({', '.join(repr(one) for one in MOMENTS)})", name="kind"),)

    fact_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    thing: Mapped[uuid.UUID] = mapped_column(index=True)
    within: Mapped[uuid.UUID]
    email_hash: Mapped[str] = mapped_column(sa.Text, index=True)
    title: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
