"""Expand: who sits on the board and until when, and that those an assembly elected sit there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0596_board"
down_revision = "reg_0593_confirmed_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("college", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("elected_in_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_board_seats_numbered")),
        sa.CheckConstraint("ends BETWEEN 1900 AND 2300", name=op.f("ck_board_seats_ends_known")),
        sa.ForeignKeyConstraint(
            ["elected_in_id"], ["assemblies.id"], name=op.f("fk_board_seats_elected_in_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_seats")),
        sa.UniqueConstraint("college", "number", name=op.f("uq_board_seats_college_number")),
    )
    op.create_index(op.f("ix_board_seats_elected_in_id"), "board_seats", ["elected_in_id"])
    op.add_column("assemblies", sa.Column("renewal", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("assemblies", "renewal")
    op.drop_table("board_seats")
