"""A training says what to know before."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0436_prerequisites"
down_revision = "reg_0433_evaluations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("prerequisites", sa.String(1000), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("events", "prerequisites")
