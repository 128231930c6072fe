"""Projects of earlier years, supported before this service was there: they complete the portfolio."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key


class PastProject(Base):
    """One line of an imported list. The same year, title and structure are the same project."""

    __tablename__ = "past_projects"
    __table_args__ = (
        sa.UniqueConstraint("year", "title", "structure"),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name="year"),
        sa.CheckConstraint("cents >= 0", name="cents"),
    )

    id: Mapped[uuid.UUID] = key()
    year: Mapped[int]
    title: Mapped[str]
    structure: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    theme: Mapped[str] = mapped_column(default="")
    funder: Mapped[str] = mapped_column(default="")
    cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    imported_at: Mapped[dt.datetime]
