"""Step 4 of nine: whom the staff helped, one appointment at a time. Next: services/registration/announce/.

No fact tells of it: the jury judges a project without knowing what its bearer was advised.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class SupportAppointment(Base):
    """A conversation with a structure about its project, and what comes next.

    What names a person goes three years later, or when they ask; the row stays, so that counts stay true.
    """

    __tablename__ = "support_appointments"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('meeting', 'visit', 'call', 'video', 'mail')", name="kind_known"),
        sa.CheckConstraint("next_on IS NULL OR next_on >= held_on", name="next_after"),
        sa.Index("ix_support_appointments_waits", "next_on", postgresql_where=sa.text("done_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    structure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"), index=True)
    held_on: Mapped[dt.date] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    adviser: Mapped[str] = mapped_column(sa.String(120))
    """Who of the staff."""
    person: Mapped[str] = mapped_column(sa.String(200), default="")
    """With whom."""
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    dossier: Mapped[str] = mapped_column(sa.String(200), default="")
    """The title or number of the project, as the jury told it or as it was typed."""
    note: Mapped[str] = mapped_column(sa.Text, default="")
    next_step: Mapped[str] = mapped_column(sa.String(300), default="")
    next_on: Mapped[dt.date | None]
    done_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """When the next step was taken; only this row's own step."""
