"""Who prepared and approved an issue, when it is to leave, and items under embargo."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0006_two_persons"
down_revision = "mail_0005_segments"
branch_labels = None
depends_on = None

_TWO_PERSONS = (
    "(state <> 'sent' AND send_at IS NULL) OR btrim(alone_because) <> '' OR NOT (approved_by <@ prepared_by)"
    " OR (cardinality(approved_by) > 1 AND approved_by[1] <> approved_by[2])"
)
_EMBARGO = """
    CREATE FUNCTION refuse_embargo() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.state = 'sent' AND OLD.state <> 'sent' AND EXISTS (
            SELECT 1 FROM items WHERE items.issue_id = NEW.id AND items.embargo_until > NEW.sent_at) THEN
            RAISE EXCEPTION 'issue % holds an item under embargo', NEW.number USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    people = postgresql.ARRAY(sa.String(length=254))
    op.add_column("items", sa.Column("embargo_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("prepared_by", people, server_default="{}", nullable=False))
    op.add_column("issues", sa.Column("approved_by", people, server_default="{}", nullable=False))
    op.add_column("issues", sa.Column("alone_because", sa.Text(), server_default="", nullable=False))
    op.add_column("issues", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("issues", sa.Column("schedule", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("issues", sa.Column("schedule_failed", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE issues SET alone_because = 'Envoyé avant la règle des deux personnes' WHERE state = 'sent'")
    op.create_check_constraint(op.f("ck_issues_two_persons"), "issues", _TWO_PERSONS)
    op.create_check_constraint(op.f("ck_issues_schedule"), "issues", "(send_at IS NULL) = (schedule IS NULL)")
    op.create_check_constraint(op.f("ck_issues_scheduled_is_ready"), "issues", "send_at IS NULL OR state = 'ready'")
    op.create_index("ix_issues_send_at", "issues", ["send_at"], postgresql_where=sa.text("send_at IS NOT NULL"))
    op.execute(_EMBARGO)
    op.execute("CREATE TRIGGER refuse_embargo BEFORE UPDATE ON issues FOR EACH ROW EXECUTE FUNCTION refuse_embargo()")


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_embargo ON issues")
    op.execute("DROP FUNCTION refuse_embargo()")
    op.drop_index("ix_issues_send_at", "issues")
    for name in ("two_persons", "schedule", "scheduled_is_ready"):
        op.drop_constraint(op.f(f"ck_issues_{name}"), "issues")
    for column in ("schedule_failed", "schedule", "send_at", "alone_because", "approved_by", "prepared_by"):
        op.drop_column("issues", column)
    op.drop_column("items", "embargo_until")
