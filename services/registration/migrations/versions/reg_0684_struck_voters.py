"""Expand: who was struck from the list of an assembly after its notice is told when it is called off."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0684_struck_voters"
down_revision = "reg_0678_called_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assembly_struck_voters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("structure", sa.String(200), nullable=False),
        sa.Column("representative", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(
            ["assembly_id"],
            ["assemblies.id"],
            name=op.f("fk_assembly_struck_voters_assembly_id_assemblies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_struck_voters")),
    )
    op.create_index(op.f("ix_assembly_struck_voters_assembly_id"), "assembly_struck_voters", ["assembly_id"])


def downgrade() -> None:
    op.drop_table("assembly_struck_voters")
