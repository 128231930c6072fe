"""Expand: the half of a draw's seed that is fixed before the ballots are counted."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0645_draw_secret"
down_revision = "reg_0632_word_of_the_team"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default that is drawn anew for every row: points of the agenda that stand already get their own.
    secret = sa.text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    op.add_column("assembly_motions", sa.Column("draw_secret", sa.String(32), nullable=False, server_default=secret))


def downgrade() -> None:
    op.drop_column("assembly_motions", "draw_secret")
