"""Step 4 of nine: what the staff keep about lists of people. Next: services/registration/announce/."""

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


class SavedFilter(Base):
    """A selection with a name, for the whole team. `selection` is what the list's address says."""

    __tablename__ = "saved_filters"
    __table_args__ = (sa.UniqueConstraint("event_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(60))
    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[str] = mapped_column(sa.String(254))
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class RegistrationMark(Base):
    """A word that the staff put on a registration: « presse », « à rappeler »."""

    __tablename__ = "registration_marks"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    label: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class BulkAction(Base):
    """One thing done to many registrations at once. `words`: the reason, or the mark."""

    __tablename__ = "bulk_actions"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('admit', 'cancel', 'mark', 'unmark')", name="kind_known"),
        sa.CheckConstraint("undone_at IS NULL OR kind <> 'admit'", name="admitted_for_good"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    words: Mapped[str] = mapped_column(sa.String(300))
    who: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    undone_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class BulkActionPerson(Base):
    """What it did to one of them: "done", "left" as they were; after an undo "back", or "waiting" again."""

    __tablename__ = "bulk_action_people"
    __table_args__ = (sa.CheckConstraint("outcome IN ('done', 'left', 'back', 'waiting')", name="outcome_known"),)

    action_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("bulk_actions.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    outcome: Mapped[str] = mapped_column(sa.String(10))
