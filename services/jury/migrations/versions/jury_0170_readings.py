"""Who reads what, blind rounds, and what jurors know."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0170_readings"
down_revision = "jury_0129_portfolio"
branch_labels = None
depends_on = None

TEXTS = ("themes", "countries", "languages", "college")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("jurors", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("jurors", sa.Column("least", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jurors", sa.Column("most", sa.Integer(), nullable=True))
    op.add_column("jurors", sa.Column("away_since", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_jurors_load"), "jurors", "least >= 0 AND (most IS NULL OR most >= least)")
    op.add_column("rounds", sa.Column("blind", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rounds", sa.Column("shows_others", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rounds", sa.Column("per_project", sa.Integer(), nullable=True))
    op.add_column("rounds", sa.Column("per_juror", sa.Integer(), nullable=True))
    op.add_column("rounds", sa.Column("assignment_seed", sa.Text(), nullable=True))
    op.add_column("rounds", sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_rounds_assigned"),
        "rounds",
        "(assigned_at IS NULL) = (assignment_seed IS NULL) AND (assigned_at IS NULL) = (per_project IS NULL) "
        "AND (assigned_at IS NULL) = (per_juror IS NULL)",
    )
    op.create_check_constraint(op.f("ck_rounds_readings"), "rounds", "per_project > 0 AND per_juror > 0")
    op.create_table(
        "readings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name=op.f("ck_readings_taken")),
        sa.CheckConstraint("taken_at IS NULL OR length(btrim(reason)) > 0", name=op.f("ck_readings_reason")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_readings_round_id")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_readings_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_readings_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_round_id"), "readings", ["round_id"], unique=False)
    op.create_index(op.f("ix_readings_juror_id"), "readings", ["juror_id"], unique=False)
    op.create_index(
        "uq_readings_standing",
        "readings",
        ["round_id", "juror_id", "project_id"],
        unique=True,
        postgresql_where=sa.text("taken_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("readings")
    op.drop_constraint(op.f("ck_rounds_readings"), "rounds")
    op.drop_constraint(op.f("ck_rounds_assigned"), "rounds")
    for name in ("assigned_at", "assignment_seed", "per_juror", "per_project", "shows_others", "blind"):
        op.drop_column("rounds", name)
    op.drop_constraint(op.f("ck_jurors_load"), "jurors")
    for name in ("away_since", "most", "least", *TEXTS):
        op.drop_column("jurors", name)
