"""Expand: who sees an event's list of participants, and how far the list goes that each agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0637_list_of_participants"
down_revision = "reg_0639_invitations"
branch_labels = None
depends_on = None

_KNOWN = "list_reach IN ('paper', 'registered', 'everybody')"


def upgrade() -> None:
    for table in ("events", "registrations"):
        op.add_column(table, sa.Column("list_reach", sa.String(12), nullable=False, server_default="paper"))
        op.create_check_constraint(op.f(f"ck_{table}_list_reach_known"), table, _KNOWN)


def downgrade() -> None:
    for table in ("registrations", "events"):
        op.drop_constraint(op.f(f"ck_{table}_list_reach_known"), table)
        op.drop_column(table, "list_reach")
