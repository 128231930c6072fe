"""Programs that may order mails: their tokens, hashed, what each order was answered, and which addresses are told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer.models.orm import Base
from shared.db import new_id
from shared.webhooks.tables import DeliveryRow, WebhookRow

_instant = sa.DateTime(timezone=True)


class Program(Base):
    """Who may order which mails. `token_hash`: SHA-256 of a token of 256 random bits; the token itself is not kept."""

    __tablename__ = "programs"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint("cardinality(templates) > 0", name="has_a_scope"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    templates: Mapped[list[str]] = mapped_column(ARRAY(sa.String(60)))
    created_at: Mapped[dt.datetime] = mapped_column(_instant)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(_instant)


class Order(Base):
    """An order and its answer, so that the same order again is answered the same and writes no second mail."""

    __tablename__ = "orders"

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("programs.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[dt.datetime] = mapped_column(_instant)


class Webhook(WebhookRow, Base):
    """An address that is told what became of the mails of one program."""

    program_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("programs.id"))


class Delivery(DeliveryRow, Base):
    """One fact for one address."""
