"""Expand: who is invited is told that an event moves or is called off; a round may be taken back for the rest."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0664_invited_are_told"
down_revision = "reg_0651_erasure_of_invited"
branch_labels = None
depends_on = None

KIND, ONCE = "ck_invitation_rounds_kind_known", "uq_invitation_mails_once"


def upgrade() -> None:
    _kinds("kind IN ('first', 'reminder', 'again', 'moved', 'off')")
    _once("kind IN ('first', 'reminder', 'off') AND passed_over = ''")
    op.drop_constraint(op.f("ck_invitation_rounds_cancelled_before_it_began"), "invitation_rounds")
    op.create_check_constraint(
        op.f("ck_invitation_rounds_cancelled_before_it_left"),
        "invitation_rounds",
        "cancelled_at IS NULL OR left_at IS NULL",
    )
    op.add_column("invitation_rounds", sa.Column("rescheduling_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invitation_rounds_rescheduling_id"),
        "invitation_rounds",
        "reschedulings",
        ["rescheduling_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.execute("DELETE FROM invitation_rounds WHERE kind IN ('moved', 'off')")
    op.execute(
        "UPDATE invitation_rounds SET left_at = cancelled_at, cancelled_at = NULL"
        " WHERE began_at IS NOT NULL AND cancelled_at IS NOT NULL"
    )
    op.drop_constraint(op.f("fk_invitation_rounds_rescheduling_id"), "invitation_rounds")
    op.drop_column("invitation_rounds", "rescheduling_id")
    op.drop_constraint(op.f("ck_invitation_rounds_cancelled_before_it_left"), "invitation_rounds")
    op.create_check_constraint(
        op.f("ck_invitation_rounds_cancelled_before_it_began"),
        "invitation_rounds",
        "cancelled_at IS NULL OR began_at IS NULL",
    )
    _once("kind <> 'again' AND passed_over = ''")
    _kinds("kind IN ('first', 'reminder', 'again')")


def _kinds(known: str) -> None:
    op.drop_constraint(op.f(KIND), "invitation_rounds")
    op.create_check_constraint(op.f(KIND), "invitation_rounds", known)


def _once(which: str) -> None:
    op.drop_index(ONCE, table_name="invitation_mails")
    op.create_index(ONCE, "invitation_mails", ["invitation_id", "kind"], unique=True, postgresql_where=sa.text(which))
