"""Long files of contacts are read and written by the worker, and say how far they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0200_long_imports"
down_revision = "mail_0150_lists"
branch_labels = None
depends_on = None

STATE = "ck_contact_imports_state"
CONTENT = "ck_contact_imports_content_only_while_pending"


def upgrade() -> None:
    empty = sa.text("'{}'::jsonb")
    op.add_column("contact_imports", sa.Column("preview", postgresql.JSONB(), server_default=empty, nullable=False))
    op.add_column("contact_imports", sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("contact_imports", sa.Column("confirmed_by", sa.String(254), server_default="", nullable=False))
    for name in (STATE, CONTENT):
        op.drop_constraint(op.f(name), "contact_imports")
    states = "'reading', 'pending', 'confirmed', 'done', 'dropped', 'refused'"
    op.create_check_constraint(op.f(STATE), "contact_imports", f"state IN ({states})")
    waiting = "(state IN ('reading', 'pending', 'confirmed')) = (content IS NOT NULL)"
    op.create_check_constraint(op.f(CONTENT), "contact_imports", waiting)
    op.create_check_constraint(op.f("ck_contact_imports_progress"), "contact_imports", "progress BETWEEN 0 AND 100")
    op.create_index(
        "ix_contact_imports_waiting",
        "contact_imports",
        ["created_at"],
        postgresql_where=sa.text("state IN ('reading', 'confirmed')"),
    )
    # What waited was planned by a page: the worker plans it again.
    op.execute("UPDATE contact_imports SET state = 'reading' WHERE state = 'pending'")


def downgrade() -> None:
    op.execute("UPDATE contact_imports SET state = 'dropped', content = NULL WHERE state NOT IN ('pending', 'done')")
    op.drop_index("ix_contact_imports_waiting")
    for name in (STATE, CONTENT, "ck_contact_imports_progress"):
        op.drop_constraint(op.f(name), "contact_imports")
    op.create_check_constraint(op.f(STATE), "contact_imports", "state IN ('pending', 'done', 'dropped')")
    op.create_check_constraint(op.f(CONTENT), "contact_imports", "(state = 'pending') = (content IS NOT NULL)")
    for name in ("preview", "progress", "confirmed_by"):
        op.drop_column("contact_imports", name)
