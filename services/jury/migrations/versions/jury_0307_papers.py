"""Who took a paper out of an application, and why."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0307_papers"
down_revision = "jury_0306_language"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachments", sa.Column("removed_by", sa.Text(), server_default="", nullable=False))
    op.add_column("attachments", sa.Column("removed_why", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("attachments", "removed_why")
    op.drop_column("attachments", "removed_by")
