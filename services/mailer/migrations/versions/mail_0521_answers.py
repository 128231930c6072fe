"""What comes back may be somebody's answer, which is passed on."""

from alembic import op

revision = "mail_0521_answers"
down_revision = "mail_0503_head_corrections"
branch_labels = None
depends_on = None

_KINDS = "'bounce', 'delay', 'complaint', 'auto-reply', 'none', 'unsubscribe'"
_ACTIONS = "'suppressed', 'unsubscribed'"


def upgrade() -> None:
    _allow(f"kind IN ({_KINDS}, 'answer')", f"action IN ({_ACTIONS}, 'passed_on', 'none')")
    # What one person wrote to another is kept no longer than its mail is on its way.
    op.execute(
        "UPDATE messages SET data = data - 'text'"
        " WHERE kind = 'carpool_note' AND state IN ('accepted', 'rejected', 'suppressed')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM returns WHERE kind = 'answer' OR action = 'passed_on'")
    _allow(f"kind IN ({_KINDS})", f"action IN ({_ACTIONS}, 'none')")


def _allow(kinds: str, actions: str) -> None:
    for name, rule in (("kind", kinds), ("action", actions)):
        op.drop_constraint(op.f(f"ck_returns_{name}"), "returns")
        op.create_check_constraint(op.f(f"ck_returns_{name}"), "returns", rule)
