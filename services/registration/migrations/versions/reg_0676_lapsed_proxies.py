"""Expand: a proxy that names the day before the meeting was moved."""

from alembic import op

revision = "reg_0676_lapsed_proxies"
down_revision = "reg_0675_documents"
branch_labels = None
depends_on = None

KNOWN = "what IN ('arrived', 'left', 'proxy', 'proxy_withdrawn'"
NAME, TABLE = "ck_assembly_room_entries_what_known", "assembly_room_entries"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"{KNOWN}, 'proxy_lapsed')")


def downgrade() -> None:
    op.execute("DELETE FROM assembly_room_entries WHERE what = 'proxy_lapsed'")
    op.drop_constraint(op.f(NAME), TABLE, type_="check")
    op.create_check_constraint(op.f(NAME), TABLE, f"{KNOWN})")
