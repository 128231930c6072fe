"""What became of the mails about registrations, members and voters."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0430_mail_fates"
down_revision = "reg_0451_structure_news"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "mail_fates",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("thing", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_mail_fates")),
    )
    op.create_index(op.f("ix_mail_fates_thing"), "mail_fates", ["thing"])


def downgrade() -> None:
    op.drop_table("mail_fates")
