"""The English title of a criterion."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0443_titles_en"
down_revision = "jury_0448_told_slots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("criteria", sa.Column("title_en", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("criteria", "title_en")
