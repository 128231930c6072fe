"""Words for the applicant, approved one by one. No row says who wrote them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class FeedbackLine(Base):
    """What the chair decided about one line, known by the SHA-256 of what was written. `words`: as they are sent."""

    __tablename__ = "feedback_lines"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "project_id", "digest"),
        sa.CheckConstraint("state IN ('approved', 'refused')", name="state"),
        sa.CheckConstraint("state <> 'approved' OR words <> ''", name="words"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"))
    digest: Mapped[str]
    words: Mapped[str]
    state: Mapped[str]
    decided_at: Mapped[dt.datetime]
    decided_by: Mapped[str]
