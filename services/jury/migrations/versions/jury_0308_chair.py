"""The chair's personal link to a session."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0308_chair"
down_revision = "jury_0307_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chair_links",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_chair_links_juror_id_jurors")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_chair_links")),
    )
    op.create_index(op.f("ix_chair_links_juror_id"), "chair_links", ["juror_id"])


def downgrade() -> None:
    op.drop_table("chair_links")
