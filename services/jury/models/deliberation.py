"""What the deliberation changes: a rank, with its written reason."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Move(Base):
    """A project set to another place by the jury. Never changed: a second move answers the first."""

    __tablename__ = "moves"
    __table_args__ = (
        sa.CheckConstraint("place > 0", name="place"),
        sa.CheckConstraint("length(btrim(reason)) >= 10", name="reason"),
        sa.UniqueConstraint("round_id", "position"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    position: Mapped[int]
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"))
    place: Mapped[int]
    reason: Mapped[str]
    moved_at: Mapped[dt.datetime]
    moved_by: Mapped[str]
