"""Who stands behind an event does so as something, and has a logo."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0424_partners"
down_revision = "reg_0428_reserves"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event_organisers", sa.Column("role", sa.String(12), server_default="co_organiser", nullable=False))
    op.create_check_constraint(
        op.f("ck_event_organisers_role_known"),
        "event_organisers",
        "role IN ('co_organiser', 'funder', 'host', 'partner', 'media')",
    )
    op.create_table(
        "logos",
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("address", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name=op.f("pk_logos")),
        sa.UniqueConstraint("address", name=op.f("uq_logos_address")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_logos_has_a_size")),
        sa.CheckConstraint("octet_length(body) <= 400000", name=op.f("ck_logos_bearable")),
    )


def downgrade() -> None:
    op.drop_table("logos")
    op.drop_constraint(op.f("ck_event_organisers_role_known"), "event_organisers", type_="check")
    op.drop_column("event_organisers", "role")
