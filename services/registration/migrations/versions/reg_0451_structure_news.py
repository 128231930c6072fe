"""What the other services tell of a structure."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0451_structure_news"
down_revision = "reg_0450_planned_issues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "structure_news",
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("thing", sa.String(60), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('application', 'result', 'article')", name=op.f("ck_structure_news_kind_known")),
        sa.PrimaryKeyConstraint("kind", "thing", "position", name=op.f("pk_structure_news")),
    )
    op.create_index(op.f("ix_structure_news_name_key"), "structure_news", ["name_key"])


def downgrade() -> None:
    op.drop_table("structure_news")
