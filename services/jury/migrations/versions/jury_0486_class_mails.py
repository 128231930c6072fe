"""Which mails went to the class of a tandem, so that one that is lost is listed at the right half."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0486_class_mails"
down_revision = "jury_0453_voted_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "class_mails",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_class_mails")),
    )
    op.add_column("mail_fates", sa.Column("half", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("mail_fates", "half")
    op.drop_table("class_mails")
