"""What a round is over and who sits in it, when that is not all of its call."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0441_rounds"
down_revision = "jury_0444_draft_calls_go"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("chosen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rounds", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rounds", sa.Column("choice", sa.Text(), server_default="", nullable=False))
    op.add_column("rounds", sa.Column("shows_former", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_check_constraint(op.f("ck_rounds_chosen"), "rounds", "chosen OR (number = 1 AND left_at IS NULL)")
    op.create_check_constraint(op.f("ck_rounds_left"), "rounds", "left_at IS NULL OR state IN ('closed', 'signed')")
    for thing in ("project", "juror"):
        op.create_table(
            f"round_{thing}s",
            sa.Column("round_id", sa.Uuid(), nullable=False),
            sa.Column(f"{thing}_id", sa.Uuid(), nullable=False),
            sa.ForeignKeyConstraint(
                [f"{thing}_id"], [f"{thing}s.id"], name=op.f(f"fk_round_{thing}s_{thing}_id_{thing}s")
            ),
            sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f(f"fk_round_{thing}s_round_id_rounds")),
            sa.PrimaryKeyConstraint("round_id", f"{thing}_id", name=op.f(f"pk_round_{thing}s")),
        )


def downgrade() -> None:
    op.drop_table("round_jurors")
    op.drop_table("round_projects")
    for name in ("ck_rounds_left", "ck_rounds_chosen"):
        op.drop_constraint(op.f(name), "rounds")
    for column in ("shows_former", "choice", "left_at", "chosen"):
        op.drop_column("rounds", column)
