"""Step 4 of nine: forms kept half-filled, to be finished later. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class KeptForm(Base):
    """What somebody typed so far, as typed. It holds no seat, and goes when it expires or is sent.

    Its link is kept hashed; whoever opens it may go on, on any device.
    """

    __tablename__ = "kept_forms"
    __table_args__ = (
        sa.CheckConstraint("expires_at > kept_at", name="expires_later"),
        sa.Index("ix_kept_forms_address", "event_id", "email_key", "mailed_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    email_key: Mapped[str] = mapped_column(sa.String(300))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    mailed_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    expires_at: Mapped[dt.datetime] = mapped_column(INSTANT, index=True)
