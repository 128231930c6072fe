"""The two halves of a tandem: whose a link is, and what each half agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0474_tandems"
down_revision = "jury_0481_funders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("association_agreed", sa.Integer(), nullable=True))
    op.add_column("applications", sa.Column("class_agreed", sa.Integer(), nullable=True))
    op.add_column("application_links", sa.Column("half", sa.Text(), server_default="", nullable=False))
    op.create_check_constraint(
        op.f("ck_application_links_half"), "application_links", "half IN ('', 'association', 'class')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_application_links_half"), "application_links")
    op.drop_column("application_links", "half")
    op.drop_column("applications", "class_agreed")
    op.drop_column("applications", "association_agreed")
