"""A suggested link that the secretary looked at and set aside."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base


class DismissedLink(Base):
    """`reasons`: what was known when it was set aside; a reason that appears later is asked anew."""

    __tablename__ = "dismissed_links"

    juror_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jurors.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True, index=True)
    reasons: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    dismissed_at: Mapped[dt.datetime]
    dismissed_by: Mapped[str]
