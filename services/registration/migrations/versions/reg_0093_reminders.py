"""When somebody was reminded of their place."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0093_reminders"
down_revision = "reg_0060_restitution"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "reminded_at")
