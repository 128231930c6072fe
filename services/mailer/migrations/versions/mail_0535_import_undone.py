"""An import may be taken back."""

from alembic import op

revision = "mail_0535_import_undone"
down_revision = "mail_0522_drafts"
branch_labels = None
depends_on = None

STATE = "ck_contact_imports_state"
BEFORE = "'reading', 'pending', 'confirmed', 'done', 'dropped', 'refused'"
AFTER = "'reading', 'pending', 'confirmed', 'done', 'undone', 'dropped', 'refused'"


def upgrade() -> None:
    op.drop_constraint(op.f(STATE), "contact_imports")
    op.create_check_constraint(op.f(STATE), "contact_imports", f"state IN ({AFTER})")


def downgrade() -> None:
    op.execute("UPDATE contact_imports SET state = 'done' WHERE state = 'undone'")
    op.drop_constraint(op.f(STATE), "contact_imports")
    op.create_check_constraint(op.f(STATE), "contact_imports", f"state IN ({BEFORE})")
