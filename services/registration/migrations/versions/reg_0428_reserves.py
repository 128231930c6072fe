"""Seats of an event may be kept for some types of actor until a day."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0428_reserves"
down_revision = "reg_0436_prerequisites"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reserves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("actor_types", sa.ARRAY(sa.String(20)), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seats > 0", name=op.f("ck_reserves_seats_positive")),
        sa.CheckConstraint("cardinality(actor_types) > 0", name=op.f("ck_reserves_for_someone")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_reserves_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserves")),
    )
    op.create_index("ix_reserves_kept", "reserves", ["event_id"], postgresql_where=sa.text("released_at IS NULL"))


def downgrade() -> None:
    op.drop_table("reserves")
