"""Segments: a filter of contacts with a name. Step 4 of nine; what the filter means is in `audience.py`."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from shared.db import new_id

_instant = sa.DateTime(timezone=True)


class Segment(Base):
    """A saved filter, never a list of people: who is in it is asked anew each time. `version` counts its changes."""

    __tablename__ = "segments"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("btrim(name) <> ''", name="has_a_name"),
        sa.CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(80))
    filter: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)
