"""Who is invited to an event by a personal link, and events that take nobody else."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0639_invitations"
down_revision = "reg_0636_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation_stops",
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email_hash", name=op.f("pk_invitation_stops")),
    )
    op.create_table(
        "invitation_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("origin_en", sa.String(length=200), nullable=False),
        sa.Column("word", sa.String(length=1000), nullable=False),
        sa.Column("word_en", sa.String(length=1000), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('first', 'reminder', 'again')", name=op.f("ck_invitation_rounds_kind_known")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (leaves_at IS NULL)", name=op.f("ck_invitation_rounds_leaves_once_confirmed")
        ),
        sa.CheckConstraint(
            "began_at IS NULL OR began_at >= leaves_at", name=op.f("ck_invitation_rounds_begins_after_the_window")
        ),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR began_at IS NULL", name=op.f("ck_invitation_rounds_cancelled_before_it_began")
        ),
        sa.CheckConstraint(
            "left_at IS NULL OR began_at IS NOT NULL", name=op.f("ck_invitation_rounds_left_after_it_began")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_invitation_rounds_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_rounds")),
    )
    op.create_index(
        "ix_invitation_rounds_due",
        "invitation_rounds",
        ["leaves_at"],
        unique=False,
        postgresql_where=sa.text("left_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index(op.f("ix_invitation_rounds_event_id"), "invitation_rounds", ["event_id"], unique=False)
    op.create_table(
        "invitation_lines",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("person", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_invitation_lines_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "line", name=op.f("pk_invitation_lines")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=300), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("known", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("origin_en", sa.String(length=200), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("locale IN ('fr', 'en')", name=op.f("ck_invitations_locale_known")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_invitations_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_invitations_registration_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("event_id", "email_key", name=op.f("uq_invitations_event_id_email_key")),
    )
    op.create_index(op.f("ix_invitations_email_key"), "invitations", ["email_key"], unique=False)
    op.create_index(op.f("ix_invitations_registration_id"), "invitations", ["registration_id"], unique=False)
    op.create_table(
        "invitation_links",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_links_invitation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitation_links")),
    )
    op.create_index(op.f("ix_invitation_links_invitation_id"), "invitation_links", ["invitation_id"], unique=False)
    op.create_table(
        "invitation_mails",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_over", sa.String(length=12), server_default="", nullable=False),
        sa.CheckConstraint("told_at IS NULL OR passed_over = ''", name=op.f("ck_invitation_mails_told_or_passed_over")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_mails_invitation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_invitation_mails_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "invitation_id", name=op.f("pk_invitation_mails")),
    )
    op.create_index(
        "ix_invitation_mails_due",
        "invitation_mails",
        ["round_id", "invitation_id"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL AND passed_over = ''"),
    )
    op.create_index(op.f("ix_invitation_mails_invitation_id"), "invitation_mails", ["invitation_id"], unique=False)
    op.create_index(
        "uq_invitation_mails_once",
        "invitation_mails",
        ["invitation_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind <> 'again' AND passed_over = ''"),
    )
    op.add_column("events", sa.Column("by_invitation", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("events", "by_invitation")
    op.drop_index(
        "uq_invitation_mails_once",
        table_name="invitation_mails",
        postgresql_where=sa.text("kind <> 'again' AND passed_over = ''"),
    )
    op.drop_index(op.f("ix_invitation_mails_invitation_id"), table_name="invitation_mails")
    op.drop_index(
        "ix_invitation_mails_due",
        table_name="invitation_mails",
        postgresql_where=sa.text("told_at IS NULL AND passed_over = ''"),
    )
    op.drop_table("invitation_mails")
    op.drop_index(op.f("ix_invitation_links_invitation_id"), table_name="invitation_links")
    op.drop_table("invitation_links")
    op.drop_index(op.f("ix_invitations_registration_id"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_email_key"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_table("invitation_lines")
    op.drop_index(op.f("ix_invitation_rounds_event_id"), table_name="invitation_rounds")
    op.drop_index(
        "ix_invitation_rounds_due",
        table_name="invitation_rounds",
        postgresql_where=sa.text("left_at IS NULL AND cancelled_at IS NULL"),
    )
    op.drop_table("invitation_rounds")
    op.drop_table("invitation_stops")
