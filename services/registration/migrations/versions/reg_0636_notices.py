"""Expand: who is told by mail of new registrations."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0636_notices"
down_revision = "reg_0642_presence_in_workshops"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("told_up_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.CheckConstraint("how IN ('each', 'daily')", name=op.f("ck_registration_notices_how_known")),
        sa.CheckConstraint("(staff_id IS NULL) = (email <> '')", name=op.f("ck_registration_notices_one_address")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registration_notices_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_registration_notices_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_notices")),
        sa.UniqueConstraint("event_id", "staff_id", name=op.f("uq_registration_notices_event_id_staff_id")),
    )
    for name in ("event_id", "staff_id"):
        op.create_index(op.f(f"ix_registration_notices_{name}"), "registration_notices", [name])
    op.create_index(
        "uq_registration_notices_address",
        "registration_notices",
        ["event_id", sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("email <> ''"),
    )


def downgrade() -> None:
    op.drop_table("registration_notices")
