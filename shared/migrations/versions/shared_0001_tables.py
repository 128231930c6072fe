"""The tables that every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shared_0001"
down_revision = None
branch_labels = ("shared",)
depends_on = None

_instant = sa.DateTime(timezone=True)
_now = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("envelope", postgresql.JSONB, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("created_at", _instant, nullable=False, server_default=_now),
        sa.Column("published_at", _instant),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["id"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_index("ix_outbox_published_at", "outbox", ["published_at"])
    op.create_table(
        "outbox_sequences",
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("received_at", _instant, nullable=False, server_default=_now),
    )
    op.create_table(
        "inbox_sequences",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("parked_at", _instant, nullable=False, server_default=_now),
        sa.Column("replayed_at", _instant),
        sa.Column("dropped_at", _instant),
        sa.Column("settled_by", sa.Text),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("fingerprint", name="uq_dead_letters_fingerprint"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", _instant, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("thing_id", sa.Text, nullable=False),
        sa.Column("before", postgresql.JSONB),
        sa.Column("after", postgresql.JSONB),
        sa.Column("correlation_id", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_audit_entries_thing", "audit_entries", ["thing", "thing_id", "at"])
    op.create_table(
        "revoked_staff",
        sa.Column("staff_id", sa.Uuid, primary_key=True),
        sa.Column("not_before", _instant, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "revoked_staff",
        "audit_entries",
        "dead_letters",
        "inbox_sequences",
        "inbox",
        "outbox_sequences",
        "outbox",
    ):
        op.drop_table(table)
