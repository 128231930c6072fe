"""Which papers have bytes in the store, so that the bytes of a removed one can go."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0331_paper_bytes"
down_revision = "jury_0330_gatherings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_bytes",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_paper_bytes")),
    )
    op.execute(
        "INSERT INTO paper_bytes (sha256, kept_at) SELECT sha256, max(added_at) FROM "
        "(SELECT sha256, added_at FROM attachments UNION ALL SELECT sha256, added_at FROM report_papers) AS known "
        "GROUP BY sha256"
    )
    op.create_index(op.f("ix_attachments_sha256"), "attachments", ["sha256"])
    op.create_index(op.f("ix_report_papers_sha256"), "report_papers", ["sha256"])


def downgrade() -> None:
    op.drop_index(op.f("ix_report_papers_sha256"), "report_papers")
    op.drop_index(op.f("ix_attachments_sha256"), "attachments")
    op.drop_table("paper_bytes")
