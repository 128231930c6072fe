"""Jurors reached by mail: what was written to whom, until when they read, and codes that live for days."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0405_juror_mails"
down_revision = "jury_0390_links_of_nobody"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "juror_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('invited', 'reminded', 'readings')", name=op.f("ck_juror_mails_kind")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_juror_mails_round_id_rounds")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_juror_mails_juror_id_jurors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_juror_mails")),
    )
    op.create_index(op.f("ix_juror_mails_round_id"), "juror_mails", ["round_id"])
    op.create_index(op.f("ix_juror_mails_juror_id"), "juror_mails", ["juror_id"])
    op.create_index(
        "uq_juror_mails_reminded",
        "juror_mails",
        ["round_id", "juror_id", "day"],
        unique=True,
        postgresql_where=sa.text("kind = 'reminded'"),
    )
    op.add_column("rounds", sa.Column("read_by", sa.Date(), nullable=True))
    op.add_column("pairing_codes", sa.Column("mailed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("pairing_codes", "mailed")
    op.drop_column("rounds", "read_by")
    op.drop_table("juror_mails")
