"""Events and workshops may be told in English too."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0438_english"
down_revision = "reg_0437_identities"
branch_labels = None
depends_on = None

_COLUMNS = {
    "events": {
        "title_en": sa.String(200),
        "summary_en": sa.String(500),
        "description_en": sa.Text(),
        "to_bring_en": sa.String(2000),
        "prerequisites_en": sa.String(1000),
    },
    "workshops": {"title_en": sa.String(200), "summary_en": sa.String(1000)},
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, server_default="", nullable=False))


def downgrade() -> None:
    for table, columns in _COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
