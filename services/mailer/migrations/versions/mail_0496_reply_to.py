"""Where the answers to the letters of a list go."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0496_reply_to"
down_revision = "mail_0459_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lists", sa.Column("reply_to", sa.String(254), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("lists", "reply_to")
