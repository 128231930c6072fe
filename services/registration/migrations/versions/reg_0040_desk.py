"""The desk: devices at the door, who is in the building, each tap with its answer, walk-ins."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0040_desk"
down_revision = "reg_0020_assemblies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_desks_event_id"), ondelete="CASCADE"),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_desks_event_id_number")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_desks_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desks_token_hash")),
        sa.CheckConstraint("(paired_at IS NULL) = (token_hash IS NULL)", name=op.f("ck_desks_paired_has_token")),
    )
    op.create_table(
        "attendances",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("present", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_attendances")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_attendances_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_attendances_desk_id"), ondelete="CASCADE"),
        sa.CheckConstraint(
            "NOT present OR (desk_id IS NOT NULL AND at IS NOT NULL)", name=op.f("ck_attendances_present_by_a_desk")
        ),
        sa.CheckConstraint("version >= 0", name=op.f("ck_attendances_version_not_negative")),
    )
    op.create_table(
        "desk_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("other_desk_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_operations")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_desk_operations_desk_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_desk_operations_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_desk_id"], ["desks.id"], name=op.f("fk_desk_operations_other_desk_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "outcome IN ('applied', 'conflict', 'refused')", name=op.f("ck_desk_operations_outcome_known")
        ),
    )
    op.create_index(
        "ix_desk_operations_conflicts",
        "desk_operations",
        ["desk_id"],
        postgresql_where=sa.text("outcome = 'conflict'"),
    )
    op.create_index(op.f("ix_desk_operations_registration_id"), "desk_operations", ["registration_id"])
    op.create_index(op.f("ix_desk_operations_other_desk_id"), "desk_operations", ["other_desk_id"])
    op.create_table(
        "walk_ins",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Uuid(), nullable=False),
        sa.Column("beyond_capacity", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_walk_ins")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_walk_ins_registration_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_walk_ins_desk_id"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    for table in ("walk_ins", "desk_operations", "attendances", "desks"):
        op.drop_table(table)
