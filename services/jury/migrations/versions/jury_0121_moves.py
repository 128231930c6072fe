"""Ranks moved by deliberation, each with its reason."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0121_moves"
down_revision = "jury_0120_awards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("place > 0", name=op.f("ck_moves_place")),
        sa.CheckConstraint("length(btrim(reason)) >= 10", name=op.f("ck_moves_reason")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_moves_round_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_moves_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_moves_round_id_position")),
    )
    op.create_index(op.f("ix_moves_round_id"), "moves", ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_moves_round_id"), table_name="moves")
    op.drop_table("moves")
