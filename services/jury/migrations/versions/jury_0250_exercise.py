"""The calibration exercise: a round that rehearses another one, over sample projects held apart."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0250_exercise"
down_revision = "jury_0166_envelopes"
branch_labels = None
depends_on = None


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_calls_kind"), "calls", type_="check")
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_calls_kind"), "calls", f"kind IN ({named})")


def upgrade() -> None:
    _kinds("tribune", "funding", "exercise")
    op.add_column("rounds", sa.Column("rehearses", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_rounds_rehearses"), "rounds", "rounds", ["rehearses"], ["id"])
    op.create_unique_constraint(op.f("uq_rounds_rehearses"), "rounds", ["rehearses"])


def downgrade() -> None:
    op.execute("DELETE FROM cell_history WHERE round_id IN (SELECT id FROM rounds WHERE rehearses IS NOT NULL)")
    op.execute("DELETE FROM cells WHERE round_id IN (SELECT id FROM rounds WHERE rehearses IS NOT NULL)")
    op.execute("DELETE FROM operations WHERE round_id IN (SELECT id FROM rounds WHERE rehearses IS NOT NULL)")
    op.drop_column("rounds", "rehearses")
    op.execute("DELETE FROM rounds WHERE call_id IN (SELECT id FROM calls WHERE kind = 'exercise')")
    op.execute("DELETE FROM projects WHERE call_id IN (SELECT id FROM calls WHERE kind = 'exercise')")
    op.execute("DELETE FROM calls WHERE kind = 'exercise'")
    _kinds("tribune", "funding")
