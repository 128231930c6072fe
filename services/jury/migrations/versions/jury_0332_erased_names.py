"""What was filed never changes, but for the names of people who were erased."""

from alembic import op

revision = "jury_0332_erased_names"
down_revision = "jury_0331_paper_bytes"
branch_labels = None
depends_on = None

GUARDED = "filed_hash, {0}.filed_at, {0}.rulebook_version, {0}.call_id"


def _differ(columns: str) -> str:
    return f"(OLD.{columns.format('OLD')}) IS DISTINCT FROM (NEW.{columns.format('NEW')})"


def upgrade() -> None:
    op.execute("DROP TRIGGER what_was_filed_is_final ON applications")
    op.execute(
        "CREATE TRIGGER what_was_filed_is_final BEFORE UPDATE ON applications FOR EACH ROW "
        f"WHEN (OLD.filed_at IS NOT NULL AND ({_differ(GUARDED)} OR "
        "((OLD.filed, OLD.content) IS DISTINCT FROM (NEW.filed, NEW.content) AND "
        "current_setting('agora.erasure', true) IS DISTINCT FROM 'on'))) EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER what_was_filed_is_final ON applications")
    op.execute(
        "CREATE TRIGGER what_was_filed_is_final BEFORE UPDATE ON applications FOR EACH ROW "
        f"WHEN (OLD.filed_at IS NOT NULL AND ({_differ(GUARDED)} OR "
        "(OLD.filed, OLD.content) IS DISTINCT FROM (NEW.filed, NEW.content))) EXECUTE FUNCTION refuse_change()"
    )
