"""A second factor for those of the staff who want one: a code of their phone beside the password."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0315_second_factor"
down_revision = "reg_0290_newsletter_address"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column(
            "staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, nullable=False
        ),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("spare_codes", sa.ARRAY(sa.LargeBinary()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("second_factors")
