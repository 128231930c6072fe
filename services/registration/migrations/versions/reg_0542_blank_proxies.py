"""A proxy that named nobody, and whom it was given to."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0542_blank_proxies"
down_revision = "reg_0540_elections_of_all"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assembly_room_entries", sa.Column("blank", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_check_constraint(
        op.f("ck_assembly_room_entries_blank_is_proxy"), "assembly_room_entries", "NOT blank OR what = 'proxy'"
    )


def downgrade() -> None:
    op.drop_column("assembly_room_entries", "blank")
