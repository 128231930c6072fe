"""A role for who follows the money and the voices."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0368_treasurer"
down_revision = "reg_0367_staff_note"
branch_labels = None
depends_on = None

_ROLES = "'admin', 'staff', 'desk', 'secretary', 'editor', 'auditor'"
_NAME = "ck_staff_roles_known"


def upgrade() -> None:
    op.drop_constraint(op.f(_NAME), "staff")
    op.create_check_constraint(op.f(_NAME), "staff", f"roles <@ ARRAY[{_ROLES}, 'treasurer']::text[]")


def downgrade() -> None:
    op.drop_constraint(op.f(_NAME), "staff")
    op.execute(sa.text("UPDATE staff SET roles = array_remove(roles, 'treasurer')"))
    op.create_check_constraint(op.f(_NAME), "staff", f"roles <@ ARRAY[{_ROLES}]::text[]")
