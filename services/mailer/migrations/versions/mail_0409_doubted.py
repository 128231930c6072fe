"""A single mail of unknown outcome is told as a fact; not those that are by now a month old."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0409_doubted"
down_revision = "mail_0412_english"
branch_labels = None
depends_on = None

_OLD = "UPDATE messages SET doubted = true WHERE state = 'unknown' AND changed_at < now() - interval '30 days'"


def upgrade() -> None:
    op.add_column("messages", sa.Column("doubted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(_OLD)


def downgrade() -> None:
    op.drop_column("messages", "doubted")
