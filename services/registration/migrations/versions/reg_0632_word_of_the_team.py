"""Expand: what the team adds to the mail that confirms a place."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0632_word_of_the_team"
down_revision = "reg_0616_tellers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("word", "word_en"):
        op.add_column("events", sa.Column(name, sa.String(1000), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("word_en", "word"):
        op.drop_column("events", name)
