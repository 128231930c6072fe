"""Programs of partners: tokens that read, addresses that are told, and what each address was told."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id
from shared.webhooks.tables import DeliveryRow, WebhookRow


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


class Webhook(WebhookRow, Base):
    """An address that is told of this service's facts."""


class Delivery(DeliveryRow, Base):
    """One fact for one address."""
