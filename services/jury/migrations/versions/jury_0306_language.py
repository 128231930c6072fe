"""The language that a project is written in."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0306_language"
down_revision = "jury_0300_fewer_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("language", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("projects", "language")
