"""An announced event may be called off; a move may say why."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0354_calling_off"
down_revision = "reg_0358_other_at"
branch_labels = None
depends_on = None

_STATES = "state IN ('draft', 'published', 'closed', 'archived'%s)"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_events_state_known"), "events", type_="check")
    op.create_check_constraint(op.f("ck_events_state_known"), "events", _STATES % ", 'called_off'")
    op.create_table(
        "callings_off",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("reason_en", sa.String(300), nullable=False),
        sa.Column("state_before", sa.String(12), nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_callings_off_reason_given")),
        sa.CheckConstraint("state_before IN ('published', 'closed')", name=op.f("ck_callings_off_state_before_known")),
        sa.CheckConstraint("ended_at >= leaves_at", name=op.f("ck_callings_off_ends_after_the_window")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_callings_off_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_callings_off")),
    )
    op.create_index("ix_callings_off_due", "callings_off", ["leaves_at"], postgresql_where=sa.text("ended_at IS NULL"))
    for name in ("reason", "reason_en"):
        op.add_column("reschedulings", sa.Column(name, sa.String(300), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("reason", "reason_en"):
        op.drop_column("reschedulings", name)
    op.drop_table("callings_off")
    op.execute("UPDATE events SET state = 'closed' WHERE state = 'called_off'")
    op.drop_constraint(op.f("ck_events_state_known"), "events", type_="check")
    op.create_check_constraint(op.f("ck_events_state_known"), "events", _STATES % "")
