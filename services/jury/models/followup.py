"""After an award: what is paid when, the reports that open the next payment, and the bearer's personal link."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Instalment(Base):
    """A part of an award. A balance waits for the report of its year, an advance for that of the year before.

    Triggers refuse to pay one whose report is not accepted, and to plan more than the award.
    """

    __tablename__ = "instalments"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('advance', 'balance')", name="kind"),
        sa.CheckConstraint("year BETWEEN 1 AND 3", name="year"),
        sa.CheckConstraint("cents > 0", name="cents"),
        sa.CheckConstraint("paid_at IS NULL OR cancelled_at IS NULL", name="paid_or_cancelled"),
        sa.CheckConstraint("(paid_at IS NULL) = (paid_by IS NULL)", name="paid_by"),
        sa.Index(
            "uq_instalments_standing",
            "award_id",
            "year",
            "kind",
            unique=True,
            postgresql_where=sa.text("cancelled_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = key()
    award_id: Mapped[uuid.UUID] = refers("awards.id")
    year: Mapped[int]
    kind: Mapped[str]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    paid_at: Mapped[dt.datetime | None]
    paid_by: Mapped[str | None]
    paid_on: Mapped[dt.date | None]
    reference: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Report(Base):
    """What became of one year of an award. Once accepted it is final. `reminders`: how many were sent."""

    __tablename__ = "reports"
    __table_args__ = (
        sa.UniqueConstraint("award_id", "year"),
        sa.CheckConstraint("state IN ('awaited', 'sent', 'returned', 'accepted')", name="state"),
        sa.CheckConstraint("year BETWEEN 1 AND 3", name="year"),
        sa.CheckConstraint("state = 'awaited' OR sent_at IS NOT NULL", name="sent"),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name="returned"),
    )

    id: Mapped[uuid.UUID] = key()
    award_id: Mapped[uuid.UUID] = refers("awards.id")
    year: Mapped[int]
    due_on: Mapped[dt.date]
    state: Mapped[str] = mapped_column(default="awaited")
    content: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str] = mapped_column(default="")
    reminders: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[dt.datetime | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
    created_at: Mapped[dt.datetime]


class ReportPaper(Base):
    """A paper joined to a report; its bytes stand where those of applications do."""

    __tablename__ = "report_papers"
    __table_args__ = (sa.CheckConstraint("size > 0", name="size"),)

    id: Mapped[uuid.UUID] = key()
    report_id: Mapped[uuid.UUID] = refers("reports.id")
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    added_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]


class AwardLink(Base):
    """The bearer's personal link to what follows an award; only its hash is kept."""

    __tablename__ = "award_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    award_id: Mapped[uuid.UUID] = refers("awards.id")
    issued_at: Mapped[dt.datetime]
