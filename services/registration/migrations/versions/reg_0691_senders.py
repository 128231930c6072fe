"""Expand: whence a file came with which nobody has registered yet."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0691_senders"
down_revision = "reg_0684_struck_voters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("form_files", sa.Column("sender", sa.String(20), nullable=True))


def downgrade() -> None:
    op.drop_column("form_files", "sender")
