"""What arrives from elsewhere for L'Écho (calls), and clicks on links of issues and letters: about nobody."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base

_instant = sa.DateTime(timezone=True)


class OpenCall(Base):
    """A call for projects as the jury last told of it; `sequence` is that of the fact."""

    __tablename__ = "open_calls"

    call_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    closes_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    url: Mapped[str] = mapped_column(sa.String(500))
    sequence: Mapped[int] = mapped_column(sa.BigInteger)


class Click(Base):
    """How often a link of an issue or a letter was followed on a day of Paris. There is no column for a person."""

    __tablename__ = "clicks"
    __table_args__ = (sa.CheckConstraint("count > 0", name="count"),)

    sent_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The id of an issue or of a letter: neither is deleted once it has been sent."""
    url: Mapped[str] = mapped_column(sa.String(500), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=1)
