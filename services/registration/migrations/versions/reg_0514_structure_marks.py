"""What structures are counted by once their names are gone."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0514_structure_marks"
down_revision = "reg_0513_goals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_salts",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_year_salts")),
    )
    op.add_column("registrations", sa.Column("structure_mark", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("registrations", "structure_mark")
    op.drop_table("year_salts")
