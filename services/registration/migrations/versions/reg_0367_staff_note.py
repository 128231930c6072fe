"""What the staff note about a registration, for each other and for who it is about."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0367_staff_note"
down_revision = "reg_0354_calling_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("staff_note", sa.String(1000), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("registrations", "staff_note")
