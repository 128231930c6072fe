"""Names are compared and searched without the letters that no accent makes, ł, ø and đ: docs/decisions/0692."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0692_letters"
down_revision = "reg_0691_senders"
branch_labels = None
depends_on = None

FOLDED = (
    ("registrations", "name_key"),
    ("registrations", "search"),
    ("invitations", "search"),
    ("structures", "name_key"),
    ("structure_news", "name_key"),
    ("logos", "name_key"),
    ("directory_works", "key"),
)
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th"})


def upgrade() -> None:
    bind = op.get_bind()
    for table, name in FOLDED:
        column = sa.column(name, sa.Text)
        found = sa.table(table, column)
        for was in bind.scalars(sa.select(column).where(column.regexp_match("[øłđðħıþ]")).distinct()).all():
            now = was.translate(PLAIN)
            try:
                with bind.begin_nested():
                    bind.execute(sa.update(found).where(column == was).values({name: now}))
            except sa.exc.IntegrityError:
                continue  # both spellings are there: each stays a name of its own


def downgrade() -> None:
    """Keys that are plain already are good for the code of before."""
