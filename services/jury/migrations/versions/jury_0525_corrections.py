"""A filed application can be corrected and filed again; each filing before the last is kept as it was."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "jury_0525_corrections"
down_revision = "jury_0531_ended_awards"
branch_labels = None
depends_on = None

OPEN = "state = 'filed' AND withdrawn_at IS NULL AND complete_until IS NULL"
FINAL = (
    "(OLD.filed_hash, OLD.filed_at, OLD.rulebook_version, OLD.call_id) IS DISTINCT FROM "
    "(NEW.filed_hash, NEW.filed_at, NEW.rulebook_version, NEW.call_id)"
)
SAID = "(OLD.filed, OLD.content) IS DISTINCT FROM (NEW.filed, NEW.content)"
ERASING = "current_setting('agora.erasure', true) IS DISTINCT FROM 'on'"
TRIGGER = "CREATE TRIGGER what_was_filed_is_final BEFORE UPDATE ON applications FOR EACH ROW "
CHANGED = f"WHEN (OLD.filed_at IS NOT NULL AND ({FINAL} OR ({SAID} AND {ERASING}))) "


def upgrade() -> None:
    op.add_column("applications", sa.Column("correction", JSONB(), nullable=True))
    op.create_check_constraint(op.f("ck_applications_correction"), "applications", f"correction IS NULL OR ({OPEN})")
    op.create_table(
        "earlier_filings",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed", JSONB(), nullable=False),
        sa.Column("filed_hash", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_earlier_filings_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "filed_at", name=op.f("pk_earlier_filings")),
    )
    op.execute(
        "CREATE TRIGGER earlier_filings_are_final BEFORE UPDATE OR DELETE ON earlier_filings FOR EACH ROW "
        f"WHEN ({ERASING}) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_lost_filing() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.state = 'filed' AND NEW.state = 'filed' AND NEW.call_id = OLD.call_id AND NEW.filed_at > OLD.filed_at
                AND EXISTS (
                    SELECT FROM earlier_filings
                    WHERE application_id = OLD.id AND filed_at = OLD.filed_at AND filed = OLD.filed
                    AND filed_hash = OLD.filed_hash AND rulebook_version = OLD.rulebook_version)
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'what was filed stays, or is kept beside what takes its place'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute("DROP TRIGGER what_was_filed_is_final ON applications")
    op.execute(TRIGGER + CHANGED + "EXECUTE FUNCTION refuse_lost_filing()")


def downgrade() -> None:
    op.execute("DROP TRIGGER what_was_filed_is_final ON applications")
    op.execute(TRIGGER + CHANGED + "EXECUTE FUNCTION refuse_change()")
    op.execute("DROP FUNCTION refuse_lost_filing()")
    op.drop_table("earlier_filings")
    op.drop_constraint(op.f("ck_applications_correction"), "applications", type_="check")
    op.drop_column("applications", "correction")
