"""Who is on the stage of an event when, as the jury told it."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0448_stage_turns"
down_revision = "reg_0453_minutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_turns",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("structure", sa.String(200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "project_id", name=op.f("pk_stage_turns")),
    )
    op.create_index(op.f("ix_stage_turns_event_id"), "stage_turns", ["event_id"])


def downgrade() -> None:
    op.drop_table("stage_turns")
