"""Joins two lines of migrations that began at the same place. Nothing changes."""

revision = "jury_0402_one_line"
down_revision = ("jury_0401_sections", "jury_0407_upload_grace")
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
