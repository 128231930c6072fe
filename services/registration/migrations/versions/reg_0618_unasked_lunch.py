"""Expand: who was not asked whether they have lunch has said neither yes nor no."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0618_unasked_lunch"
down_revision = "reg_0599_going_back"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("registrations", "meal", existing_type=sa.Boolean(), nullable=True)
    op.execute("UPDATE registrations SET meal = NULL WHERE form_version_id IS NULL AND NOT meal")


def downgrade() -> None:
    op.execute("UPDATE registrations SET meal = false WHERE meal IS NULL")
    op.alter_column("registrations", "meal", existing_type=sa.Boolean(), nullable=False)
