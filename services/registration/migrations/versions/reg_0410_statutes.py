"""The statutes are kept as versions, and an assembly points at its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0410_statutes"
down_revision = "reg_0399_second_round"
branch_labels = None
depends_on = None

_TABLE = "assembly_statutes"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(254), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_assembly_statutes_numbered")),
        sa.ForeignKeyConstraint(["after_id"], [f"{_TABLE}.id"], name=op.f("fk_assembly_statutes_after_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_statutes")),
        sa.UniqueConstraint("number", name=op.f("uq_assembly_statutes_number")),
    )
    op.add_column("assemblies", sa.Column("statutes_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_assemblies_statutes_id"), "assemblies", _TABLE, ["statutes_id"], ["id"])
    op.create_index(op.f("ix_assemblies_statutes_id"), "assemblies", ["statutes_id"])


def downgrade() -> None:
    op.drop_column("assemblies", "statutes_id")
    op.drop_table(_TABLE)
