"""Answers and files of before become as protected as their question is by now: docs/decisions/0697. Only ever shut."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "reg_0697_protected"
down_revision = "reg_0692_letters"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "form_versions",
    sa.column("event_id", sa.Uuid),
    sa.column("number", sa.Integer),
    sa.column("questions", JSONB),
    sa.column("published_at", sa.DateTime(timezone=True)),
)
ANSWERS = sa.table(
    "form_answers", sa.column("registration_id", sa.Uuid), sa.column("question"), sa.column("sensitive", sa.Boolean)
)
FILES = sa.table(
    "form_files", sa.column("event_id", sa.Uuid), sa.column("question"), sa.column("sensitive", sa.Boolean)
)
PEOPLE = sa.table("registrations", sa.column("id", sa.Uuid), sa.column("event_id", sa.Uuid))


def upgrade() -> None:
    bind = op.get_bind()
    forms: dict = {}
    read = sa.select(VERSIONS.c.event_id, VERSIONS.c.questions).where(VERSIONS.c.published_at.is_not(None))
    for event, questions in bind.execute(read.order_by(VERSIONS.c.event_id, VERSIONS.c.number)):
        forms.setdefault(event, []).append(questions)
    for event, versions in forms.items():
        if keys := sorted(_sensitive(versions)):
            people = sa.select(PEOPLE.c.id).where(PEOPLE.c.event_id == event)
            for table, its in ((ANSWERS, ANSWERS.c.registration_id.in_(people)), (FILES, FILES.c.event_id == event)):
                which = its & table.c.question.in_(keys) & ~table.c.sensitive
                bind.execute(sa.update(table).where(which).values(sensitive=True))


def _sensitive(versions: list) -> set:
    """Keys of what is sensitive today, as `classes` in rules/forms.py said on the day of this revision."""
    last = {one["key"]: one.get("protection") for version in versions for one in version}
    hung = {
        (one["key"], one["show_if"]["question"]) for version in versions[:-1] for one in version if one.get("show_if")
    }
    tells = {key for key, protection in last.items() if protection == "sensitive"}
    while more := {key for key, on in hung if on in tells} - tells:
        tells |= more
    asked = {one["key"]: one.get("protection") for one in versions[-1]}
    return {key for key in tells if asked.get(key, "sensitive") == "sensitive"}


def downgrade() -> None:
    """What is shut stays shut."""
