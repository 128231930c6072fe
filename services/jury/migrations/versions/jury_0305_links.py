"""Links that were set aside, and where a juror comes from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "jury_0305_links"
down_revision = "jury_0250_exercise"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jurors", sa.Column("structure", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "dismissed_links",
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", ARRAY(sa.Text()), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_dismissed_links_juror_id_jurors")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_dismissed_links_project_id_projects")),
        sa.PrimaryKeyConstraint("juror_id", "project_id", name=op.f("pk_dismissed_links")),
    )
    op.create_index(op.f("ix_dismissed_links_project_id"), "dismissed_links", ["project_id"])


def downgrade() -> None:
    op.drop_table("dismissed_links")
    op.drop_column("jurors", "structure")
