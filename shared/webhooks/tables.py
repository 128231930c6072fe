"""The two tables of a service that tells addresses; a service adds what its addresses have besides."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from shared.db import new_id

_instant = sa.DateTime(timezone=True)


class WebhookRow:
    """An address that is told of facts. Its signing key is derived from AGORA_SECRET_KEY and `id`, never stored."""

    __tablename__ = "webhooks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(sa.String(500))
    types: Mapped[list[str]] = mapped_column(ARRAY(sa.String(80)))
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    stopped_because: Mapped[str] = mapped_column(sa.String(200), default="")
    key_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many keys it had before this one."""
    key_changed_at: Mapped[dt.datetime | None] = mapped_column(_instant)


class DeliveryRow:
    """One fact for one address. `due_at` is when it is tried next; a worker that takes it moves it ahead first."""

    __tablename__ = "webhook_deliveries"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[sa.schema.SchemaItem, ...]:
        return (
            sa.UniqueConstraint("webhook_id", "fact_id"),
            sa.CheckConstraint("state IN ('waiting', 'told', 'given_up')", name="state_known"),
            sa.Index("ix_webhook_deliveries_due", "due_at", postgresql_where=sa.text("state = 'waiting'")),
        )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    fact_id: Mapped[uuid.UUID]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[dt.datetime] = mapped_column(_instant)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(_instant)
    last_answer: Mapped[str] = mapped_column(sa.String(200), default="")
