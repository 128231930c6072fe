"""A criterion may begin a section of its grid. The grids that are there have none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0401_sections"
down_revision = "jury_0405_juror_mails"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("criteria", sa.Column("section", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("criteria", "section")
