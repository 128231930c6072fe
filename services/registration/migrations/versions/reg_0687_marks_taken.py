"""Expand: a mark is taken from many registrations at once."""

from alembic import op

revision = "reg_0687_marks_taken"
down_revision = "reg_0682_doubted_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kinds("kind IN ('admit', 'cancel', 'mark', 'unmark')")


def downgrade() -> None:
    op.execute("DELETE FROM bulk_actions WHERE kind = 'unmark'")
    _kinds("kind IN ('admit', 'cancel', 'mark')")


def _kinds(allowed: str) -> None:
    op.drop_constraint(op.f("ck_bulk_actions_kind_known"), "bulk_actions")
    op.create_check_constraint(op.f("ck_bulk_actions_kind_known"), "bulk_actions", allowed)
