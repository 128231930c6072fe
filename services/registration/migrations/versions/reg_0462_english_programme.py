"""The programme in English: names of slots, titles of moments."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0462_english_programme"
down_revision = "reg_0460_opinions_shown"
branch_labels = None
depends_on = None

_COLUMNS = (("slots", "label_en", 120), ("programme_items", "title_en", 200))


def upgrade() -> None:
    for table, name, length in _COLUMNS:
        op.add_column(table, sa.Column(name, sa.String(length), server_default="", nullable=False))


def downgrade() -> None:
    for table, name, _length in _COLUMNS:
        op.drop_column(table, name)
