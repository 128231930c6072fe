"""Expand: when a finger was last on a tablet, which speaks by itself as long as it is on."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0646_touched"
down_revision = "jury_0525_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("devices", "touched_at")
