"""Layouts of funders' reports, and figures of a year with their source."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jury_0481_funders"
down_revision = "jury_0459_identities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_layouts",
        sa.Column("funder", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('fr', 'en')", name=op.f("ck_report_layouts_language")),
        sa.PrimaryKeyConstraint("funder", name=op.f("pk_report_layouts")),
    )
    op.create_table(
        "annual_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name=op.f("ck_annual_figures_year")),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_annual_figures_has_a_source")),
        sa.CheckConstraint("btrim(label) <> ''", name=op.f("ck_annual_figures_has_a_label")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_annual_figures_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annual_figures")),
        sa.UniqueConstraint("year", "label", name=op.f("uq_annual_figures_year_label")),
    )


def downgrade() -> None:
    op.drop_table("annual_figures")
    op.drop_table("report_layouts")
