"""Who came to a training is asked what they thought, and answers without a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0433_evaluations"
down_revision = "reg_0432_cards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_invitations",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_evaluation_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_evaluation_invitations_token_hash")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_evaluation_invitations_registration_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_evaluations_event_id"), ondelete="CASCADE"),
        sa.CheckConstraint("marks <> '{}'::jsonb OR words <> ''", name=op.f("ck_evaluations_says_something")),
    )
    op.create_index(op.f("ix_evaluations_event_id"), "evaluations", ["event_id"])


def downgrade() -> None:
    op.drop_table("evaluations")
    op.drop_table("evaluation_invitations")
