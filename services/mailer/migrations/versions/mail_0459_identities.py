"""What the network is called, from which day on, as registration tells it."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0459_identities"
down_revision = "mail_0478_opportunities"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("legal_form", sa.String(120), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_identities")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_identities_name_given")),
    )


def downgrade() -> None:
    op.drop_table("identities")
