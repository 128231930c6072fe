"""Votes of the jury, by show of hands."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0434_votes"
down_revision = "jury_0430_mail_fates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jury_votes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("abstained", sa.Integer(), nullable=False),
        sa.Column("casting", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("recused", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_why", sa.Text(), nullable=False),
        sa.CheckConstraint("yes >= 0 AND no >= 0 AND abstained >= 0", name=op.f("ck_jury_votes_hands_counted")),
        sa.CheckConstraint(
            "yes + no + abstained BETWEEN 1 AND present", name=op.f("ck_jury_votes_hands_of_those_present")
        ),
        sa.CheckConstraint("present BETWEEN needed AND members", name=op.f("ck_jury_votes_quorum_reached")),
        sa.CheckConstraint("casting IN ('', 'yes', 'no')", name=op.f("ck_jury_votes_casting_known")),
        sa.CheckConstraint("outcome IN ('adopted', 'rejected', 'tied')", name=op.f("ck_jury_votes_outcome_known")),
        sa.CheckConstraint(
            "(set_aside_at IS NULL) = (set_aside_why = '')", name=op.f("ck_jury_votes_set_aside_says_why")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_jury_votes_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_jury_votes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jury_votes")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_jury_votes_round_id_position")),
    )
    op.create_index(op.f("ix_jury_votes_round_id"), "jury_votes", ["round_id"])


def downgrade() -> None:
    op.drop_table("jury_votes")
