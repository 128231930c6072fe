"""An event that does not take place is no place for a round."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0354_called_off"
down_revision = "jury_0332_erased_names"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gatherings", sa.Column("called_off", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("gatherings", "called_off")
