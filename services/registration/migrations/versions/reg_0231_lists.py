"""Saved filters, marks, and what is done to many registrations at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0231_lists"
down_revision = "reg_0222_structures"
branch_labels = None
depends_on = None

_NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", _NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_saved_filters_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_saved_filters_event_id_name")),
    )
    op.create_table(
        "registration_marks",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_registration_marks_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "label", name=op.f("pk_registration_marks")),
    )
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("at", _NOW, nullable=False),
        sa.Column("undone_at", _NOW, nullable=True),
        sa.CheckConstraint("kind IN ('admit', 'cancel', 'mark')", name=op.f("ck_bulk_actions_kind_known")),
        sa.CheckConstraint("undone_at IS NULL OR kind <> 'admit'", name=op.f("ck_bulk_actions_admitted_for_good")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_bulk_actions_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
    )
    op.create_index(op.f("ix_bulk_actions_event_id"), "bulk_actions", ["event_id"], unique=False)
    op.create_table(
        "bulk_action_people",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('done', 'left', 'back', 'waiting')", name=op.f("ck_bulk_action_people_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["action_id"], ["bulk_actions.id"], name=op.f("fk_bulk_action_people_action_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_bulk_action_people_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("action_id", "registration_id", name=op.f("pk_bulk_action_people")),
    )
    op.create_index(
        op.f("ix_bulk_action_people_registration_id"), "bulk_action_people", ["registration_id"], unique=False
    )


def downgrade() -> None:
    for table in ("bulk_action_people", "bulk_actions", "registration_marks", "saved_filters"):
        op.drop_table(table)
