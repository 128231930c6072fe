"""Expand: when somebody who shares a car goes back."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0599_going_back"
down_revision = "reg_0596_board"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carpool_trips", sa.Column("back", sa.String(length=60), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("carpool_trips", "back")
