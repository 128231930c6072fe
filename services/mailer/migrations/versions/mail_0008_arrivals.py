"""Open calls told by the jury, and clicks on links per issue and day."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0008_arrivals"
down_revision = "mail_0007_corrections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_calls",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_open_calls")),
    )
    op.create_table(
        "clicks",
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_clicks_count")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_clicks_issue_id_issues")),
        sa.PrimaryKeyConstraint("issue_id", "url", "day", name=op.f("pk_clicks")),
    )


def downgrade() -> None:
    op.drop_table("clicks")
    op.drop_table("open_calls")
