"""What a registration was when it was cancelled: taking it back says the truth to someone who only waited."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0003_cancelled_from"
down_revision = "reg_0002_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("cancelled_from", sa.String(length=12), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "cancelled_from")
