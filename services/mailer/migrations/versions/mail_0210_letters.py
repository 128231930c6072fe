"""Letters to any list, and the list whose readers an issue goes to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0210_letters"
down_revision = "mail_0200_long_imports"
branch_labels = None
depends_on = None

_TWO_PERSONS = (
    "(state <> 'sent' AND send_at IS NULL) OR btrim(alone_because) <> '' OR NOT (approved_by <@ prepared_by)"
    " OR (cardinality(approved_by) > 1 AND approved_by[1] <> approved_by[2])"
)
_EMBARGO = (
    "embargo_until IS NULL OR (coalesce(sent_at, embargo_until) >= embargo_until"
    " AND coalesce(send_at, embargo_until) >= embargo_until)"
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    people = postgresql.ARRAY(sa.String(length=254))
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("embargo_until", instant, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", instant, nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("plain", sa.Text(), nullable=True),
        sa.Column("prepared_by", people, server_default="{}", nullable=False),
        sa.Column("approved_by", people, server_default="{}", nullable=False),
        sa.Column("alone_because", sa.Text(), server_default="", nullable=False),
        sa.Column("send_at", instant, nullable=True),
        sa.Column("schedule", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("schedule_failed", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_letters_has_a_title")),
        sa.CheckConstraint("char_length(text) <= 10000", name=op.f("ck_letters_text_length")),
        sa.CheckConstraint("state IN ('draft', 'sent')", name=op.f("ck_letters_state")),
        sa.CheckConstraint("(state = 'sent') = (campaign_id IS NOT NULL)", name=op.f("ck_letters_sent_has_a_campaign")),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_letters_sent_has_an_hour")),
        sa.CheckConstraint(_TWO_PERSONS, name=op.f("ck_letters_two_persons")),
        sa.CheckConstraint("(send_at IS NULL) = (schedule IS NULL)", name=op.f("ck_letters_schedule")),
        sa.CheckConstraint("send_at IS NULL OR state = 'draft'", name=op.f("ck_letters_scheduled_is_not_sent")),
        sa.CheckConstraint(_EMBARGO, name=op.f("ck_letters_embargo")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_send_at", "letters", ["send_at"], postgresql_where=sa.text("send_at IS NOT NULL"))
    op.create_index("ix_letters_list_key_sent_at", "letters", ["list_key", "sent_at"])
    op.add_column("campaigns", sa.Column("letter_id", sa.Uuid(), nullable=True))
    op.create_index(
        "uq_campaigns_letter_id",
        "campaigns",
        ["letter_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_check_constraint(op.f("ck_campaigns_one_thing"), "campaigns", "issue_id IS NULL OR letter_id IS NULL")
    op.add_column("issues", sa.Column("list_key", sa.String(length=60), server_default="echo", nullable=False))


def downgrade() -> None:
    op.drop_column("issues", "list_key")
    op.drop_constraint(op.f("ck_campaigns_one_thing"), "campaigns")
    op.drop_index("uq_campaigns_letter_id", "campaigns")
    op.drop_column("campaigns", "letter_id")
    op.drop_table("letters")
