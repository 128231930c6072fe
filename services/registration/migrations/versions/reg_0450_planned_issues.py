"""An issue of L'Écho is known before it is out: the day it is planned for."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0450_planned_issues"
down_revision = "reg_0410_statutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("news", sa.Column("due_on", sa.Date(), nullable=True))
    op.alter_column("news", "published_at", nullable=True)
    op.create_check_constraint(op.f("ck_news_dated"), "news", "published_at IS NOT NULL OR due_on IS NOT NULL")


def downgrade() -> None:
    op.execute("DELETE FROM news WHERE published_at IS NULL")
    op.drop_constraint(op.f("ck_news_dated"), "news", type_="check")
    op.alter_column("news", "published_at", nullable=False)
    op.drop_column("news", "due_on")
