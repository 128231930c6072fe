"""Calls and funds of others, and the item of an issue that tells of one."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0478_opportunities"
down_revision = "mail_0411_moments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("funder", sa.String(200), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("eligibility", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), server_default="", nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 80", name=op.f("ck_opportunities_title_length")),
        sa.CheckConstraint("char_length(about) BETWEEN 1 AND 320", name=op.f("ck_opportunities_about_length")),
        sa.CheckConstraint(
            "char_length(eligibility) BETWEEN 1 AND 160", name=op.f("ck_opportunities_eligibility_length")
        ),
        sa.CheckConstraint("char_length(amount) <= 60", name=op.f("ck_opportunities_amount_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunities")),
    )
    op.add_column("items", sa.Column("opportunity_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_items_opportunity_id_opportunities"), "items", "opportunities", ["opportunity_id"], ["id"]
    )
    op.create_index(op.f("ix_items_opportunity_id"), "items", ["opportunity_id"])


def downgrade() -> None:
    op.drop_column("items", "opportunity_id")
    op.drop_table("opportunities")
