"""The rulebook of a draft call may go with it, and only then."""

from alembic import op

revision = "jury_0444_draft_calls_go"
down_revision = "jury_0443_titles_en"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER rulebook_versions_are_final BEFORE UPDATE OR DELETE ON rulebook_versions
FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()
"""


def _replace(when: str) -> None:
    op.execute("DROP TRIGGER rulebook_versions_are_final ON rulebook_versions")
    op.execute(TRIGGER.format(when=when))


def upgrade() -> None:
    _replace("WHEN (current_setting('agora.removal', true) IS DISTINCT FROM 'on')")


def downgrade() -> None:
    _replace("")
