"""When a campaign was last resumed."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0205_resumed"
down_revision = "mail_0204_erased_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("campaigns", "resumed_at")
