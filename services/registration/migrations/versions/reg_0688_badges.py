"""Expand: what stands on the badges of an event."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0688_badges"
down_revision = "reg_0687_marks_taken"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("badge", postgresql.JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("events", "badge")
