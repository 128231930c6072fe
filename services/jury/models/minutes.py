"""Signed minutes: frozen content, its hash, the PDF that was made of it, and who signed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Minutes(Base):
    """One per round. `content_hash` is the SHA-256 of the canonical JSON of `content`, hex."""

    __tablename__ = "minutes"
    __table_args__ = (sa.CheckConstraint("length(content_hash) = 64", name="content_hash"),)

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    pdf: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    signed_at: Mapped[dt.datetime]


class Signature(Base):
    """A name under the minutes. `drawn`: an optional SVG path of the signature, empty when typed."""

    __tablename__ = "signatures"

    id: Mapped[uuid.UUID] = key()
    minutes_id: Mapped[uuid.UUID] = refers("minutes.id")
    name: Mapped[str]
    role: Mapped[str]
    signed_at: Mapped[dt.datetime]
    drawn: Mapped[str] = mapped_column(default="")
