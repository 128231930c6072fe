"""The signing key of an address can be changed."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0498_webhook_keys"
down_revision = "reg_0515_openid"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhooks", sa.Column("key_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("webhooks", sa.Column("key_changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("webhooks", "key_changed_at")
    op.drop_column("webhooks", "key_number")
