"""Opinions are shown several at once."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0460_opinions_shown"
down_revision = "reg_0461_settled_results"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluations", sa.Column("shown", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE evaluations SET shown = true WHERE event_id IN "
        "(SELECT event_id FROM evaluations GROUP BY event_id HAVING count(*) >= 3)"
    )


def downgrade() -> None:
    op.drop_column("evaluations", "shown")
