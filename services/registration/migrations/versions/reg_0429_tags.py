"""What an event is about, in a few words each."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0429_tags"
down_revision = "reg_0424_partners"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("tags", sa.ARRAY(sa.String(40)), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("events", "tags")
