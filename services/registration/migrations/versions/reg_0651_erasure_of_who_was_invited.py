"""Expand: whom an erasure is about who is known by an invitation alone."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0651_erasure_of_invited"
down_revision = "reg_0637_list_of_participants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("erasures", sa.Column("invitation_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_erasures_invitation_id"), "erasures", ["invitation_id"])
    op.create_foreign_key(
        op.f("fk_erasures_invitation_id"), "erasures", "invitations", ["invitation_id"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_erasures_invitation_id"), "erasures")
    op.drop_index(op.f("ix_erasures_invitation_id"), "erasures")
    op.drop_column("erasures", "invitation_id")
