"""Photos beside the articles of L'Écho: drawn anew, small, never changed. `pictures.py` makes them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from shared.db import new_id

ALT_LIMIT = 250


class Photo(Base):
    """One JPEG. `name` stands in its address: nobody guesses it, and it is the same for every reader."""

    __tablename__ = "photos"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        sa.CheckConstraint("octet_length(body) <= 400000", name="bearable"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(40))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    width: Mapped[int]
    height: Mapped[int]
    contributor_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contributors.id", ondelete="SET NULL"))
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
