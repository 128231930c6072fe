"""Expand: a file of people that the staff confirmed is for the worker to register."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0593_confirmed_files"
down_revision = "reg_0570_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people_files", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people_files", sa.Column("confirmed_by", sa.String(254), nullable=True))


def downgrade() -> None:
    op.drop_column("people_files", "confirmed_by")
    op.drop_column("people_files", "confirmed_at")
