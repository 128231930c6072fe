"""Who is still to be told that an event moved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0247_reschedulings"
down_revision = "reg_0246_erasure_by_member"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reschedulings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("was", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reschedulings_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reschedulings")),
    )
    op.create_index(op.f("ix_reschedulings_event_id"), "reschedulings", ["event_id"])
    op.create_table(
        "rescheduling_recipients",
        sa.Column("rescheduling_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rescheduling_id"],
            ["reschedulings.id"],
            name=op.f("fk_rescheduling_recipients_rescheduling_id_reschedulings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_rescheduling_recipients_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rescheduling_id", "registration_id", name=op.f("pk_rescheduling_recipients")),
    )
    op.create_index(op.f("ix_rescheduling_recipients_registration_id"), "rescheduling_recipients", ["registration_id"])


def downgrade() -> None:
    op.drop_table("rescheduling_recipients")
    op.drop_table("reschedulings")
