"""Votes that set equal projects in an order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0453_voted_orders"
down_revision = "jury_0475_experts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    placed = sa.Column("placed", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}")
    op.add_column("jury_votes", placed)
    op.create_check_constraint(
        op.f("ck_jury_votes_placed"),
        "jury_votes",
        "cardinality(placed) = 0 OR (cardinality(placed) > 1 AND project_id IS NULL)",
    )


def downgrade() -> None:
    op.drop_column("jury_votes", "placed")
