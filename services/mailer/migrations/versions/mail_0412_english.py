"""Who reads English gets L'Écho and letters in an English frame: the second version is kept beside the first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0412_english"
down_revision = "mail_0430_outcomes"
branch_labels = None
depends_on = None

_TABLES = ("campaigns", "issues", "letters")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("english", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "english")
