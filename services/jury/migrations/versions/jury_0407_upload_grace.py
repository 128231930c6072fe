"""When a paper began to arrive, for an upload that a deadline overtakes."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0407_upload_grace"
down_revision = "jury_0406_withdrawals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachments", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("attachments", "begun_at")
