"""What the staff write to a selection of people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0230_messages"
down_revision = "reg_0225_transfers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("body", sa.String(length=5000), nullable=False),
        sa.Column("subject_en", sa.String(length=150), nullable=False),
        sa.Column("body_en", sa.String(length=5000), nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_by", sa.String(length=254), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR began_at IS NULL", name=op.f("ck_staff_messages_cancelled_before_it_began")
        ),
        sa.CheckConstraint(
            "began_at IS NULL OR began_at >= leaves_at", name=op.f("ck_staff_messages_begins_after_the_window")
        ),
        sa.CheckConstraint(
            "left_at IS NULL OR began_at IS NOT NULL", name=op.f("ck_staff_messages_left_after_it_began")
        ),
        sa.CheckConstraint("(subject_en = '') = (body_en = '')", name=op.f("ck_staff_messages_english_whole_or_none")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_staff_messages_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_messages")),
    )
    op.create_index(op.f("ix_staff_messages_event_id"), "staff_messages", ["event_id"], unique=False)
    op.create_index(
        "ix_staff_messages_due",
        "staff_messages",
        ["leaves_at"],
        unique=False,
        postgresql_where=sa.text("left_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_table(
        "staff_message_recipients",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_over", sa.String(length=20), server_default="", nullable=False),
        sa.CheckConstraint(
            "told_at IS NULL OR passed_over = ''", name=op.f("ck_staff_message_recipients_told_or_passed_over")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["staff_messages.id"],
            name=op.f("fk_staff_message_recipients_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_staff_message_recipients_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "registration_id", name=op.f("pk_staff_message_recipients")),
    )
    op.create_index(
        op.f("ix_staff_message_recipients_registration_id"),
        "staff_message_recipients",
        ["registration_id"],
        unique=False,
    )
    op.create_index(
        "ix_staff_message_recipients_due",
        "staff_message_recipients",
        ["message_id", "registration_id"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL AND passed_over = ''"),
    )


def downgrade() -> None:
    op.drop_table("staff_message_recipients")
    op.drop_table("staff_messages")
