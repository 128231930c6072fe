"""Programs of partners: tokens that read, addresses that are told, and what each address was told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class ApiToken(Base):
    """What a program may read. `token_hash`: SHA-256 of a token of 256 random bits; the token itself is not kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint("cardinality(scopes) > 0", name="has_a_scope"),
        sa.Index("uq_api_tokens_name", "name", unique=True, postgresql_where=sa.text("revoked_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(sa.String(30)))
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    used_on: Mapped[dt.date | None]
    """The last day it was used: enough to see which token nobody misses."""
    revoked_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class Webhook(Base):
    """An address that is told of facts. Its signing key is derived from AGORA_SECRET_KEY and `id`, never stored."""

    __tablename__ = "webhooks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(sa.String(500))
    types: Mapped[list[str]] = mapped_column(ARRAY(sa.String(80)))
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    stopped_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    stopped_because: Mapped[str] = mapped_column(sa.String(200), default="")


class Delivery(Base):
    """One fact for one address. `due_at` is when it is tried next; a sender that takes it moves it ahead first."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "fact_id"),
        sa.CheckConstraint("state IN ('waiting', 'told', 'given_up')", name="state_known"),
        sa.Index("ix_webhook_deliveries_due", "due_at", postgresql_where=sa.text("state = 'waiting'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    fact_id: Mapped[uuid.UUID]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    last_answer: Mapped[str] = mapped_column(sa.String(200), default="")
