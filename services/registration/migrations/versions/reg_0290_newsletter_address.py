"""Remember the address that the newsletter goes to, when the person has changed theirs since."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0290_newsletter_address"
down_revision = "reg_0285_reminded_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("newsletter_email", sa.String(254), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "newsletter_email")
