"""What came back, and which accepted mails were announced."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0003_returns"
down_revision = "mail_0002_editorial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "returns",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bounce', 'delay', 'complaint', 'auto-reply', 'none', 'unsubscribe')",
            name=op.f("ck_returns_kind"),
        ),
        sa.CheckConstraint("verdict IN ('remove', 'keep', 'ours')", name=op.f("ck_returns_verdict")),
        sa.CheckConstraint("action IN ('suppressed', 'unsubscribed', 'none')", name=op.f("ck_returns_action")),
        sa.CheckConstraint("action <> 'suppressed' OR verdict = 'remove'", name=op.f("ck_returns_only_who_is_gone")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_returns_message_id_messages")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_returns")),
    )
    # What was accepted before is not told now: true for the rows that are there, false for new ones.
    op.add_column("messages", sa.Column("announced", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("messages", "announced", server_default=sa.false())
    op.create_index(
        "ix_messages_to_announce",
        "messages",
        ["id"],
        postgresql_where=sa.text("state = 'accepted' AND lane = 'transactional' AND NOT announced"),
    )
    op.create_index("ix_returns_email_key", "returns", ["email_key"])
    op.create_index("ix_returns_message_id", "returns", ["message_id"])


def downgrade() -> None:
    op.drop_table("returns")
    op.drop_index("ix_messages_to_announce", "messages")
    op.drop_column("messages", "announced")
