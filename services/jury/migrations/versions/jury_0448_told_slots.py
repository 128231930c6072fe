"""What each bearer was told of their slot."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0448_told_slots"
down_revision = "jury_0434_votes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_slots",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_told_slots_ends")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_told_slots_project_id_projects")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_told_slots_round_id_rounds")),
        sa.PrimaryKeyConstraint("round_id", "project_id", name=op.f("pk_told_slots")),
    )


def downgrade() -> None:
    op.drop_table("told_slots")
