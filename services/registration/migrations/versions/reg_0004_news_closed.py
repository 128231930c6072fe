"""When a call's minutes were signed: from then on it is not open any more."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0004_news_closed"
down_revision = "reg_0003_cancelled_from"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("news", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("news", "closed_at")
