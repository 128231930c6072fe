"""When the desk that was first admitted somebody: the sentence is made in the reader's language, not stored."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0358_other_at"
down_revision = "reg_0315_second_factor"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk_operations", sa.Column("other_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("desk_operations", "other_at")
