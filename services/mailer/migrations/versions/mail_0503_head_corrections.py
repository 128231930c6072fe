"""A correction may be of the title or editorial of an issue, and not of one of its items."""

from alembic import op

revision = "mail_0503_head_corrections"
down_revision = "mail_0498_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("corrections", "item_id", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM corrections WHERE item_id IS NULL")
    op.alter_column("corrections", "item_id", nullable=False)
