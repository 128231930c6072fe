"""Who is in an exchange group may ask to be erased, without any registration."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0246_erasure_by_member"
down_revision = "reg_0245_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasures", sa.Column("member_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_erasures_member_id_group_members"),
        "erasures",
        "group_members",
        ["member_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_erasures_member_id"), "erasures", ["member_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasures_member_id"), "erasures")
    op.drop_constraint(op.f("fk_erasures_member_id_group_members"), "erasures", type_="foreignkey")
    op.drop_column("erasures", "member_id")
