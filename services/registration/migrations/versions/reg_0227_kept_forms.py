"""Forms kept half-filled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0227_kept_forms"
down_revision = "reg_0226_ranked_wishes"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("email_key", sa.String(300), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("mailed_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint("expires_at > kept_at", name=op.f("ck_kept_forms_expires_later")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_kept_forms_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kept_forms_token_hash")),
    )
    op.create_index("ix_kept_forms_address", "kept_forms", ["event_id", "email_key", "mailed_at"])
    op.create_index(op.f("ix_kept_forms_expires_at"), "kept_forms", ["expires_at"])


def downgrade() -> None:
    op.drop_table("kept_forms")
