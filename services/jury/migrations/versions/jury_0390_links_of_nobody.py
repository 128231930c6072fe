"""A filed application that no longer names its bearer opens to nobody by a link; those erased before too."""

from alembic import op

revision = "jury_0390_links_of_nobody"
down_revision = "jury_0354_called_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DELETE FROM application_links USING applications WHERE applications.id = application_id "
        "AND filed_at IS NOT NULL AND NOT content ? 'bearer_email'"
    )


def downgrade() -> None:
    pass
