"""An award whose project gives up after a first payment: it keeps what was paid."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0531_ended_awards"
down_revision = "jury_0493_asked_yearly"
branch_labels = None
depends_on = None

ENOUGH = "amount = 0 OR amount >= coalesce(minimum, asked)"


def upgrade() -> None:
    op.add_column("awards", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_awards_enough"), "awards", type_="check")
    op.create_check_constraint(op.f("ck_awards_enough"), "awards", f"{ENOUGH} OR ended_at IS NOT NULL")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_awards_enough"), "awards", type_="check")
    op.drop_column("awards", "ended_at")
    # Ended awards stay below what their projects asked for: the rule holds for what is written from now on.
    op.execute(f"ALTER TABLE awards ADD CONSTRAINT ck_awards_enough CHECK ({ENOUGH}) NOT VALID")
