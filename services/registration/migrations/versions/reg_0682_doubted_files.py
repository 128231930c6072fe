"""Expand: when a file goes that came with a form which may be no person's."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0682_doubted_files"
down_revision = "reg_0684_hashed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("form_files", sa.Column("goes_at", sa.DateTime(timezone=True), nullable=True))
    where = sa.text("goes_at IS NOT NULL")
    op.create_index("ix_form_files_goes_at", "form_files", ["goes_at"], postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_form_files_goes_at", "form_files")
    op.drop_column("form_files", "goes_at")
