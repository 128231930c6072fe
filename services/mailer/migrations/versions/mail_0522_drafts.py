"""What a contributor sends by a link that was replaced while they wrote is kept for the new one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0522_drafts"
down_revision = "mail_0521_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contributors", sa.Column("former_hash", sa.LargeBinary(), nullable=True))
    op.create_table(
        "contribution_drafts",
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.Column("typed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["contributors.id"],
            name=op.f("fk_contribution_drafts_contributor_id_contributors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contributor_id", name=op.f("pk_contribution_drafts")),
    )


def downgrade() -> None:
    op.drop_table("contribution_drafts")
    op.drop_column("contributors", "former_hash")
