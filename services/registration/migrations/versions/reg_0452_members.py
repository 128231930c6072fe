"""A structure is a member, with fees paid until a day and somebody who speaks for it; a voter may come from one."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0452_members"
down_revision = "reg_0430_mail_fates"
branch_labels = None
depends_on = None

_TABLE = "structure_memberships"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("representative", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_structure_memberships_until_after_since")),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.id"], name=op.f("fk_structure_memberships_structure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("structure_id", name=op.f("pk_structure_memberships")),
    )
    op.add_column("assembly_voters", sa.Column("structure_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_assembly_voters_structure_id"),
        "assembly_voters",
        "structures",
        ["structure_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_assembly_voters_structure_id"), "assembly_voters", ["structure_id"])


def downgrade() -> None:
    op.drop_column("assembly_voters", "structure_id")
    op.drop_table(_TABLE)
