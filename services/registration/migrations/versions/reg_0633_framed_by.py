"""Expand: which sites may show the form of an event inside their pages."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0633_framed_by"
down_revision = "reg_0645_draw_secret"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("framed_by", sa.ARRAY(sa.String(300)), nullable=False, server_default="{}"))
    op.create_check_constraint(
        op.f("ck_events_framed_by_sites"),
        "events",
        "array_to_string(framed_by, ' ', '*') ~ '^(https?://[a-z0-9.:-]+( |$))*$'",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_events_framed_by_sites"), "events")
    op.drop_column("events", "framed_by")
