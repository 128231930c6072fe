"""Every version of a call's rulebook, kept word for word: an application names the one it was filed under."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base


class RulebookVersion(Base):
    """Written once: a trigger refuses every change. `closes_at`: the deadline that went with it."""

    __tablename__ = "rulebook_versions"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("calls.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    closes_at: Mapped[dt.datetime | None]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]
