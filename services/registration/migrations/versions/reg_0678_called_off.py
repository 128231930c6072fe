"""Expand: an assembly that was convened is called off."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0678_called_off"
down_revision = "reg_0688_badges"
branch_labels = None
depends_on = None

NAME, TABLE = "ck_assemblies_state_known", "assemblies"
KNOWN = "state IN ('draft', 'convened', 'open', 'closed'"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"{KNOWN}, 'called_off')")
    op.create_table(
        "assembly_callings_off",
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("reason_en", sa.String(300), nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_assembly_callings_off_reason_given")),
        sa.CheckConstraint("ended_at >= leaves_at", name=op.f("ck_assembly_callings_off_ends_after_the_window")),
        sa.ForeignKeyConstraint(
            ["assembly_id"],
            ["assemblies.id"],
            name=op.f("fk_assembly_callings_off_assembly_id_assemblies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_assembly_callings_off_event_id_events"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("assembly_id", name=op.f("pk_assembly_callings_off")),
    )
    op.create_index(op.f("ix_assembly_callings_off_event_id"), "assembly_callings_off", ["event_id"])
    op.create_index(
        "ix_assembly_callings_off_due",
        "assembly_callings_off",
        ["leaves_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("assembly_callings_off")
    op.execute("UPDATE assemblies SET state = 'convened' WHERE state = 'called_off'")
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"{KNOWN})")
