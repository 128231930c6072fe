"""Step 4 of nine: what the staff write to a selection of people. Next: services/registration/announce/."""

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


class StaffMessage(Base):
    """One message. Nothing leaves before `leaves_at`; once it `began` it can no longer be taken back."""

    __tablename__ = "staff_messages"
    __table_args__ = (
        sa.CheckConstraint("cancelled_at IS NULL OR began_at IS NULL", name="cancelled_before_it_began"),
        sa.CheckConstraint("began_at IS NULL OR began_at >= leaves_at", name="begins_after_the_window"),
        sa.CheckConstraint("left_at IS NULL OR began_at IS NOT NULL", name="left_after_it_began"),
        sa.CheckConstraint("(subject_en = '') = (body_en = '')", name="english_whole_or_none"),
        sa.Index(
            "ix_staff_messages_due",
            "leaves_at",
            postgresql_where=sa.text("left_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(150))
    body: Mapped[str] = mapped_column(sa.String(5000))
    subject_en: Mapped[str] = mapped_column(sa.String(150), default="")
    body_en: Mapped[str] = mapped_column(sa.String(5000), default="")
    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The filters that chose the people, as the address of the list says them; the recipients say who they are."""
    written_by: Mapped[str] = mapped_column(sa.String(254))
    confirmed_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    leaves_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    began_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    left_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class StaffMessageRecipient(Base):
    """One person of one message, chosen when it was confirmed. `told_at`: the fact was written."""

    __tablename__ = "staff_message_recipients"
    __table_args__ = (
        sa.CheckConstraint("told_at IS NULL OR passed_over = ''", name="told_or_passed_over"),
        sa.Index(
            "ix_staff_message_recipients_due",
            "message_id",
            "registration_id",
            postgresql_where=sa.text("told_at IS NULL AND passed_over = ''"),
        ),
    )

    message_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("staff_messages.id", ondelete="CASCADE"), primary_key=True
    )
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    told_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    passed_over: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    """Why no mail left: "erased", between the confirmation and the end of the window."""
