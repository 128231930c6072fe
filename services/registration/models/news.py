"""Step 4 of nine: what the home page knows of the other services, from their facts. Next: announce/.

A projection: it may be rebuilt by replaying the facts, and nothing else writes it than handlers.py.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class News(Base):
    """A call (`kind` "call") or an issue of L'Écho ("issue")."""

    __tablename__ = "news"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('call', 'issue')", name="kind_known"),
        sa.CheckConstraint("published_at IS NOT NULL OR due_on IS NOT NULL", name="dated"),
    )

    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    thing: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    number: Mapped[int | None]
    url: Mapped[str] = mapped_column(sa.String(500))
    published_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """None: an issue that is only planned."""
    due_on: Mapped[dt.date | None]
    """The day an issue is planned for."""
    closes_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """Until when one may apply, or contribute to the issue."""
    closed_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """When the jury signed its minutes on a call; None while it is open."""
