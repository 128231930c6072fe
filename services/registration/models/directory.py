"""Step 4 of nine: what a structure says of itself in the directory. Next: services/registration/announce/.

A merged structure keeps its rows, which then speak for the one kept, until the directory page of that one is saved.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.orm import Base
from shared.db import new_id


class DirectoryPage(Base):
    """How to reach a structure as a whole, and whether it agreed to be found by everybody."""

    __tablename__ = "directory_pages"

    structure_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("structures.id", ondelete="CASCADE"), primary_key=True
    )
    department: Mapped[str] = mapped_column(sa.String(8), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    agreed_on: Mapped[dt.date | None]
    """The day it agreed to stand in the public directory; None: the staff alone find it."""


class DirectoryWork(Base):
    """A country or territory, a place within one, or a goal that a structure works on."""

    __tablename__ = "directory_works"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('zone', 'place', 'goal')", name="kind_known"),
        sa.CheckConstraint("key <> ''", name="named"),
        sa.UniqueConstraint("structure_id", "kind", "key", name="uq_directory_works_once"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    structure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    key: Mapped[str] = mapped_column(sa.String(160))
    """Of the list; a place: as it is compared."""
    said: Mapped[str] = mapped_column(sa.String(80), default="")
    """A place as it was typed."""
    since: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """The year it began."""
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    """Who said so, or where it stands written."""
