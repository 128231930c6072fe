"""A result keeps when its sum was told."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0461_settled_results"
down_revision = "reg_0438_english"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("structure_news", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("structure_news", "settled_at")
