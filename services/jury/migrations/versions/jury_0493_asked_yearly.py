"""What each project asks year by year, so that its award is paid over its own years."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "jury_0493_asked_yearly"
down_revision = "jury_0486_class_mails"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("awards", sa.Column("asked_yearly", ARRAY(sa.BigInteger()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("awards", "asked_yearly")
