"""Letters: a title and a text to the people of one list, without numbers or sections. Step 4 of nine."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.issues import TWO_PERSONS
from services.mailer.models.orm import Base
from shared.db import new_id

TEXT_LIMIT = 10_000

EMBARGO = (
    "embargo_until IS NULL OR (coalesce(sent_at, embargo_until) >= embargo_until"
    " AND coalesce(send_at, embargo_until) >= embargo_until)"
)
"""Nothing leaves, nor is set to leave, before its embargo ends."""

_instant = sa.DateTime(timezone=True)


class Letter(Base):
    """One mail to a list. `sent` is final: what left is kept word for word in html and plain.

    public: once sent, everybody may read it among the list's letters on the web.
    """

    __tablename__ = "letters"
    __table_args__ = (
        sa.CheckConstraint("btrim(title) <> ''", name="has_a_title"),
        sa.CheckConstraint(f"char_length(text) <= {TEXT_LIMIT}", name="text_length"),
        sa.CheckConstraint("state IN ('draft', 'sent')", name="state"),
        sa.CheckConstraint("(state = 'sent') = (campaign_id IS NOT NULL)", name="sent_has_a_campaign"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_an_hour"),
        sa.CheckConstraint(f"(state <> 'sent' AND send_at IS NULL) OR {TWO_PERSONS}", name="two_persons"),
        sa.CheckConstraint("(send_at IS NULL) = (schedule IS NULL)", name="schedule"),
        sa.CheckConstraint("send_at IS NULL OR state = 'draft'", name="scheduled_is_not_sent"),
        sa.CheckConstraint(EMBARGO, name="embargo"),
        sa.Index("ix_letters_send_at", "send_at", postgresql_where=sa.text("send_at IS NOT NULL")),
        sa.Index("ix_letters_list_key_sent_at", "list_key", "sent_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    list_key: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.Text)
    public: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    embargo_until: Mapped[dt.datetime | None] = mapped_column(_instant)
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    campaign_id: Mapped[uuid.UUID | None]
    sent_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    html: Mapped[str | None] = mapped_column(sa.Text)
    plain: Mapped[str | None] = mapped_column(sa.Text)
    english: Mapped[dict[str, str] | None] = mapped_column(JSONB)  # html and text as they left in an English frame
    prepared_by: Mapped[list[str]] = mapped_column(ARRAY(sa.String(254)), default=list, server_default="{}")
    approved_by: Mapped[list[str]] = mapped_column(ARRAY(sa.String(254)), default=list, server_default="{}")
    alone_because: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    send_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # segment, filter, by
    schedule_failed: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    updated_at: Mapped[dt.datetime] = mapped_column(_instant)
