"""Who was asked, after three silent years, whether to go on."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0203_reconfirmations"
down_revision = "mail_0201_keyed_marks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconfirmations",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until > asked_at", name=op.f("ck_reconfirmations_ends")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_reconfirmations_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_reconfirmations")),
    )


def downgrade() -> None:
    op.drop_table("reconfirmations")
