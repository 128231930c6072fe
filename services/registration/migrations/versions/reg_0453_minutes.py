"""Minutes have a number, and are approved later."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0453_minutes"
down_revision = "reg_0423_rounds"
branch_labels = None
depends_on = None

_CHECKS = {
    "numbered_when_closed": "minutes_number IS NULL OR (state = 'closed' AND NOT rehearsal)",
    "approved_when_numbered": "approved_hash IS NULL OR minutes_number IS NOT NULL",
    "approved_whole": "(approved_on IS NULL) = (approved_hash IS NULL)",
}


def upgrade() -> None:
    op.add_column("assemblies", sa.Column("minutes_number", sa.Integer(), nullable=True))
    op.add_column("assemblies", sa.Column("approved_on", sa.Date(), nullable=True))
    op.add_column("assemblies", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("assemblies", sa.Column("approved_in_id", sa.Uuid(), nullable=True))
    op.add_column("assemblies", sa.Column("approved_hash", sa.String(64), nullable=True))
    op.create_unique_constraint(op.f("uq_assemblies_minutes_number"), "assemblies", ["minutes_number"])
    op.create_foreign_key(op.f("fk_assemblies_approved_in_id"), "assemblies", "assemblies", ["approved_in_id"], ["id"])
    op.create_index(op.f("ix_assemblies_approved_in_id"), "assemblies", ["approved_in_id"])
    op.execute(
        "UPDATE assemblies SET minutes_number = numbered.number FROM (SELECT id, row_number() OVER "
        "(ORDER BY held_at, id) AS number FROM assemblies WHERE state = 'closed' AND NOT rehearsal) AS numbered "
        "WHERE assemblies.id = numbered.id"
    )
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_assemblies_{name}"), "assemblies", rule)


def downgrade() -> None:
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_assemblies_{name}"), "assemblies", type_="check")
    for name in ("approved_hash", "approved_in_id", "approved_at", "approved_on", "minutes_number"):
        op.drop_column("assemblies", name)
