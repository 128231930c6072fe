"""Projects of earlier years, for the portfolio."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0129_portfolio"
down_revision = "jury_0127_applications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name=op.f("ck_past_projects_year")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_past_projects_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_projects")),
        sa.UniqueConstraint("year", "title", "structure", name=op.f("uq_past_projects_year_title_structure")),
    )


def downgrade() -> None:
    op.drop_table("past_projects")
