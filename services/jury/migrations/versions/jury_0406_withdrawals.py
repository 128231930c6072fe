"""An application, or a project, that its bearer took back: when, why, and who wrote it down."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0406_withdrawals"
down_revision = "jury_0405_juror_mails"
branch_labels = None
depends_on = None

TOGETHER = "(withdrawn_at IS NULL) = (withdrawn_why = '')"


def upgrade() -> None:
    for table in ("applications", "projects"):
        op.add_column(table, sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("withdrawn_why", sa.Text(), server_default="", nullable=False))
        op.create_check_constraint(op.f(f"ck_{table}_withdrawn"), table, TOGETHER)
    op.create_check_constraint(
        op.f("ck_applications_withdrawn_filed"), "applications", "withdrawn_at IS NULL OR state <> 'draft'"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_applications_withdrawn_filed"), "applications")
    for table in ("applications", "projects"):
        op.drop_constraint(op.f(f"ck_{table}_withdrawn"), table)
        op.drop_column(table, "withdrawn_why")
        op.drop_column(table, "withdrawn_at")
