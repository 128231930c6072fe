"""Expand: the half of the seed that says who of a board sits how long, fixed before the vote."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0671_terms_secret"
down_revision = "reg_0670_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    secret = sa.text("replace((gen_random_uuid())::text, '-'::text, ''::text)")
    op.add_column("assemblies", sa.Column("draw_secret", sa.String(32), nullable=False, server_default=secret))


def downgrade() -> None:
    op.drop_column("assemblies", "draw_secret")
