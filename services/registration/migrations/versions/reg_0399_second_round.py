"""An election that ties can be followed by another round of it."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0399_second_round"
down_revision = "reg_0368_treasurer"
branch_labels = None
depends_on = None

_TABLE = "assembly_motions"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("round_after_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_assembly_motions_round_after_id"), _TABLE, ["round_after_id"])
    op.create_foreign_key(
        op.f("fk_assembly_motions_round_after_id"), _TABLE, _TABLE, ["round_after_id"], ["id"], ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_assembly_motions_round_after_id"), _TABLE)
    op.drop_constraint(op.f("uq_assembly_motions_round_after_id"), _TABLE)
    op.drop_column(_TABLE, "round_after_id")
