"""Who of the staff is who in the directory that they may sign in with."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0515_openid"
down_revision = "reg_0472_skills"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("openid", sa.Text(), nullable=True))
    op.create_unique_constraint("uq_staff_openid", "staff", ["openid"])


def downgrade() -> None:
    op.drop_constraint("uq_staff_openid", "staff")
    op.drop_column("staff", "openid")
