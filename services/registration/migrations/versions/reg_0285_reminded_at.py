"""Keep a column that the version before still names in every statement, until the next release drops it."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0285_reminded_at"
down_revision = "reg_0247_reschedulings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE registrations SET reminded_at = reminders.sent_at FROM reminders"
        " WHERE reminders.registration_id = registrations.id AND reminders.days_before = 3"
    )


def downgrade() -> None:
    op.drop_column("registrations", "reminded_at")
