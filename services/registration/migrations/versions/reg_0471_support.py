"""Appointments of the staff with structures, and what comes next."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0471_support"
down_revision = "reg_0470_directory"
branch_labels = None
depends_on = None

_TABLE = "support_appointments"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("adviser", sa.String(120), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("dossier", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_step", sa.String(300), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('meeting', 'visit', 'call', 'video', 'mail')", name=op.f("ck_support_appointments_kind_known")
        ),
        sa.CheckConstraint("next_on IS NULL OR next_on >= held_on", name=op.f("ck_support_appointments_next_after")),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.id"], name=op.f("fk_support_appointments_structure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_appointments")),
    )
    op.create_index(op.f("ix_support_appointments_structure_id"), _TABLE, ["structure_id"])
    op.create_index(op.f("ix_support_appointments_held_on"), _TABLE, ["held_on"])
    op.create_index("ix_support_appointments_waits", _TABLE, ["next_on"], postgresql_where=sa.text("done_at IS NULL"))


def downgrade() -> None:
    op.drop_table(_TABLE)
