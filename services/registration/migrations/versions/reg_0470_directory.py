"""Structures say where they work and on what, and how they are reached."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0470_directory"
down_revision = "reg_0462_group_languages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_pages",
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("website", sa.String(300), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.id"], name=op.f("fk_directory_pages_structure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("structure_id", name=op.f("pk_directory_pages")),
    )
    op.create_table(
        "directory_works",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("said", sa.String(80), nullable=False),
        sa.Column("since", sa.SmallInteger(), nullable=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.CheckConstraint("kind IN ('zone', 'place', 'goal')", name=op.f("ck_directory_works_kind_known")),
        sa.CheckConstraint("key <> ''", name=op.f("ck_directory_works_named")),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.id"], name=op.f("fk_directory_works_structure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_works")),
        sa.UniqueConstraint("structure_id", "kind", "key", name="uq_directory_works_once"),
    )


def downgrade() -> None:
    op.drop_table("directory_works")
    op.drop_table("directory_pages")
