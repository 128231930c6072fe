"""Expand: the register of an assembly's notices, the corrected ones too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0670_notices"
down_revision = "reg_0664_invited_are_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "assemblies",
        sa.Column("notices", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("assemblies", "notices")
