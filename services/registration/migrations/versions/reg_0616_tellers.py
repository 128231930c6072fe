"""Who counted a vote by hand or on paper."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0616_tellers"
down_revision = "reg_0618_unasked_lunch"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "assembly_motions",
        sa.Column("tellers", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("assembly_motions", "tellers")
