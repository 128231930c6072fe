"""The suppressions of erased people are found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0204_erased_index"
down_revision = "mail_0203_reconfirmations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    erased = sa.text("starts_with(email_key, 'erased ')")
    op.create_index("ix_suppressions_erased", "suppressions", ["email_key"], postgresql_where=erased)


def downgrade() -> None:
    op.drop_index("ix_suppressions_erased")
