"""After an award: instalments that wait for their report, reports, personal links, renewals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0165_followup"
down_revision = "jury_0171_room"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
WHEN = sa.DateTime(timezone=True)

WAITS = """
CREATE FUNCTION instalment_waits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  granted bigint;
  needed integer := CASE WHEN NEW.kind = 'balance' THEN NEW.year ELSE NEW.year - 1 END;
BEGIN
  SELECT amount INTO granted FROM awards WHERE id = NEW.award_id FOR UPDATE;
  IF NEW.cancelled_at IS NULL AND granted < NEW.cents + (
    SELECT coalesce(sum(cents), 0) FROM instalments
    WHERE award_id = NEW.award_id AND cancelled_at IS NULL AND id <> NEW.id
  ) THEN
    RAISE EXCEPTION 'the instalments are more than the award' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.paid_at IS NOT NULL AND needed > 0 AND NOT EXISTS (
    SELECT FROM reports WHERE award_id = NEW.award_id AND year = needed AND state = 'accepted'
  ) THEN
    RAISE EXCEPTION 'the report of year % is not accepted', needed USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
STAYS = """
CREATE FUNCTION planned_award_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.amount < (
    SELECT coalesce(sum(cents), 0) FROM instalments WHERE award_id = NEW.id AND cancelled_at IS NULL
  ) THEN
    RAISE EXCEPTION 'the award is less than its instalments' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "instalments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", WHEN, nullable=True),
        sa.Column("paid_by", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("cancelled_at", WHEN, nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.CheckConstraint("kind IN ('advance', 'balance')", name=op.f("ck_instalments_kind")),
        sa.CheckConstraint("year BETWEEN 1 AND 3", name=op.f("ck_instalments_year")),
        sa.CheckConstraint("cents > 0", name=op.f("ck_instalments_cents")),
        sa.CheckConstraint("paid_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_instalments_paid_or_cancelled")),
        sa.CheckConstraint("(paid_at IS NULL) = (paid_by IS NULL)", name=op.f("ck_instalments_paid_by")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_instalments_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalments")),
    )
    op.create_index(op.f("ix_instalments_award_id"), "instalments", ["award_id"], unique=False)
    op.create_index(
        "uq_instalments_standing",
        "instalments",
        ["award_id", "year", "kind"],
        unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("sent_at", WHEN, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.CheckConstraint("state IN ('awaited', 'sent', 'returned', 'accepted')", name=op.f("ck_reports_state")),
        sa.CheckConstraint("year BETWEEN 1 AND 3", name=op.f("ck_reports_year")),
        sa.CheckConstraint("state = 'awaited' OR sent_at IS NOT NULL", name=op.f("ck_reports_sent")),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name=op.f("ck_reports_returned")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_reports_award_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("award_id", "year", name=op.f("uq_reports_award_id_year")),
    )
    op.create_index(op.f("ix_reports_award_id"), "reports", ["award_id"], unique=False)
    op.create_table(
        "report_papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("added_at", WHEN, nullable=False),
        sa.Column("removed_at", WHEN, nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_report_papers_size")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_papers_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_papers")),
    )
    op.create_index(op.f("ix_report_papers_report_id"), "report_papers", ["report_id"], unique=False)
    op.create_table(
        "award_links",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_award_links_award_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_award_links")),
    )
    op.create_index(op.f("ix_award_links_award_id"), "award_links", ["award_id"], unique=False)
    op.add_column("applications", sa.Column("renews_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_applications_renews_id"), "applications", "awards", ["renews_id"], ["id"])
    op.create_unique_constraint(op.f("uq_applications_call_id_renews_id"), "applications", ["call_id", "renews_id"])
    op.execute(WAITS)
    op.execute(STAYS)
    op.execute(
        "CREATE TRIGGER instalment_waits BEFORE INSERT OR UPDATE ON instalments "
        "FOR EACH ROW EXECUTE FUNCTION instalment_waits()"
    )
    op.execute(
        "CREATE TRIGGER planned_award_stays BEFORE UPDATE ON awards FOR EACH ROW "
        "WHEN (OLD.amount IS DISTINCT FROM NEW.amount) EXECUTE FUNCTION planned_award_stays()"
    )
    op.execute(
        "CREATE TRIGGER accepted_reports_are_final BEFORE UPDATE OR DELETE ON reports FOR EACH ROW "
        "WHEN (OLD.state = 'accepted') EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER planned_award_stays ON awards")
    op.drop_constraint(op.f("uq_applications_call_id_renews_id"), "applications", type_="unique")
    op.drop_constraint(op.f("fk_applications_renews_id"), "applications", type_="foreignkey")
    op.drop_column("applications", "renews_id")
    for table in ("award_links", "report_papers", "reports", "instalments"):
        op.drop_table(table)
    op.execute("DROP FUNCTION instalment_waits()")
    op.execute("DROP FUNCTION planned_award_stays()")
