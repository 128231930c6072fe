"""Words for the applicant, approved one by one."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0122_feedback"
down_revision = "jury_0121_moves"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('approved', 'refused')", name=op.f("ck_feedback_lines_state")),
        sa.CheckConstraint("state <> 'approved' OR words <> ''", name=op.f("ck_feedback_lines_words")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_feedback_lines_round_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_feedback_lines_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_lines")),
        sa.UniqueConstraint(
            "round_id", "project_id", "digest", name=op.f("uq_feedback_lines_round_id_project_id_digest")
        ),
    )
    op.create_index(op.f("ix_feedback_lines_round_id"), "feedback_lines", ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_feedback_lines_round_id"), table_name="feedback_lines")
    op.drop_table("feedback_lines")
