"""Ranked wishes for workshops, and their allocation at a date."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0226_ranked_wishes"
down_revision = "reg_0220_forms"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "allocations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.String(60), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("record", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("(made_at IS NULL) = (record IS NULL)", name=op.f("ck_allocations_made_recorded")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_allocations_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_allocations")),
    )
    op.create_table(
        "ranked_wishes",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("rank BETWEEN 1 AND 3", name=op.f("ck_ranked_wishes_rank_known")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_ranked_wishes_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id", "slot_id"],
            ["workshops.id", "workshops.slot_id"],
            name=op.f("fk_ranked_wishes_workshop_id_workshops"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "slot_id", "rank", name=op.f("pk_ranked_wishes")),
        sa.UniqueConstraint(
            "registration_id", "workshop_id", name=op.f("uq_ranked_wishes_registration_id_workshop_id")
        ),
    )
    op.create_index(op.f("ix_ranked_wishes_workshop_id"), "ranked_wishes", ["workshop_id"])
    op.create_table(
        "allocation_results",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Integer(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_allocation_results_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["allocations.event_id"],
            name=op.f("fk_allocation_results_event_id_allocations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_allocation_results")),
    )
    op.create_index(
        "ix_allocation_results_untold",
        "allocation_results",
        ["event_id", "lot"],
        postgresql_where=sa.text("told_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("allocation_results")
    op.drop_table("ranked_wishes")
    op.drop_table("allocations")
