"""Who was given what to read. A round without any assignment is read by everyone."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Reading(Base):
    """A project that a juror was given. Taken back, never deleted; `reason` says why a reading was taken back."""

    __tablename__ = "readings"
    __table_args__ = (
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken"),
        sa.CheckConstraint("taken_at IS NULL OR length(btrim(reason)) > 0", name="reason"),
        sa.Index(
            "uq_readings_standing",
            "round_id",
            "juror_id",
            "project_id",
            unique=True,
            postgresql_where=sa.text("taken_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"))
    given_at: Mapped[dt.datetime]
    given_by: Mapped[str]
    taken_at: Mapped[dt.datetime | None]
    taken_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
