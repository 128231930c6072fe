"""The tables of messaging, the same in each service's database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from shared.db import shared_metadata

_now = sa.text("now()")

outbox = sa.Table(
    "outbox",
    shared_metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("thing", sa.Text, nullable=False),
    sa.Column("envelope", JSONB, nullable=False),
    # Where it goes: the events exchange when null, else straight to a queue (a replayed dead letter).
    sa.Column("queue", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Column("published_at", sa.DateTime(timezone=True)),
    sa.Index("ix_outbox_waiting", "id", postgresql_where=sa.text("published_at IS NULL")),
    sa.Index("ix_outbox_published_at", "published_at"),
)

outbox_sequences = sa.Table(
    "outbox_sequences",
    shared_metadata,
    sa.Column("thing", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

inbox = sa.Table(
    "inbox",
    shared_metadata,
    sa.Column("event_id", sa.Uuid, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
)

inbox_sequences = sa.Table(
    "inbox_sequences",
    shared_metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("thing", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

dead_letters = sa.Table(
    "dead_letters",
    shared_metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # The bytes as they came: what cannot be parsed must be kept too.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=_now),
    sa.Column("replayed_at", sa.DateTime(timezone=True)),
    sa.Column("dropped_at", sa.DateTime(timezone=True)),
    sa.Column("settled_by", sa.Text),
    # The same parked message may be delivered again after a crash: it is stored once.
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, unique=True),
)
