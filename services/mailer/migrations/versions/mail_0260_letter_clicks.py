"""Clicks on the links of letters beside those of issues: one column says which of them was sent."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0260_letter_clicks"
down_revision = "mail_0206_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("fk_clicks_issue_id_issues", "clicks", type_="foreignkey")
    op.alter_column("clicks", "issue_id", new_column_name="sent_id")


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM clicks WHERE sent_id NOT IN (SELECT id FROM issues)"))
    op.alter_column("clicks", "sent_id", new_column_name="issue_id")
    op.create_foreign_key("fk_clicks_issue_id_issues", "clicks", "issues", ["issue_id"], ["id"])
