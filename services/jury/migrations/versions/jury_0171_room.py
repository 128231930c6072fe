"""The room: running order and clock, presences, arrivals from the desk, lots drawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0171_room"
down_revision = "jury_0170_readings"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "stages",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("pitch_seconds", sa.Integer(), nullable=False),
        sa.Column("questions_seconds", sa.Integer(), nullable=False),
        sa.Column("pause_seconds", sa.Integer(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("ends_at", AT, nullable=True),
        sa.Column("seconds_left", sa.Integer(), nullable=True),
        sa.Column("screen_hash", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint(
            "pitch_seconds > 0 AND questions_seconds >= 0 AND pause_seconds >= 0", name=op.f("ck_stages_seconds")
        ),
        sa.CheckConstraint("phase IN ('idle', 'pitch', 'questions')", name=op.f("ck_stages_phase")),
        sa.CheckConstraint("(phase = 'idle') = (project_id IS NULL)", name=op.f("ck_stages_project")),
        sa.CheckConstraint(
            "phase = 'idle' OR (ends_at IS NULL) <> (seconds_left IS NULL)", name=op.f("ck_stages_clock")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_stages_round_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_stages_project_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_stages")),
        sa.UniqueConstraint("screen_hash", name=op.f("uq_stages_screen_hash")),
    )
    op.create_table(
        "pitches",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("started_at", AT, nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("position > 0", name=op.f("ck_pitches_position")),
        sa.CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_pitches_ended")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_pitches_round_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_pitches_project_id")),
        sa.PrimaryKeyConstraint("round_id", "project_id", name=op.f("pk_pitches")),
        sa.UniqueConstraint(
            "round_id", "position", name=op.f("uq_pitches_round_id_position"), deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_table(
        "presences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('present', 'excused', 'left')", name=op.f("ck_presences_state")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_presences_round_id")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_presences_juror_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presences")),
    )
    op.create_index(op.f("ix_presences_round_id"), "presences", ["round_id"], unique=False)
    op.create_index(op.f("ix_presences_juror_id"), "presences", ["juror_id"], unique=False)
    op.create_table(
        "arrivals",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_email_hash"), "arrivals", ["email_hash"], unique=False)
    op.create_table(
        "draws",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("tied", sa.Text(), nullable=False),
        sa.Column("projects", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("drawn_at", AT, nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.CheckConstraint("cardinality(projects) > 1", name=op.f("ck_draws_several")),
        sa.CheckConstraint("length(btrim(reason)) >= 10", name=op.f("ck_draws_reason")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_draws_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("round_id", "tied", name=op.f("uq_draws_round_id_tied")),
    )
    op.create_index(op.f("ix_draws_round_id"), "draws", ["round_id"], unique=False)


def downgrade() -> None:
    for table in ("draws", "arrivals", "presences", "pitches", "stages"):
        op.drop_table(table)
