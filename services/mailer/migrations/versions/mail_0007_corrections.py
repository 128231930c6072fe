"""Corrections of the web version; what left as a mail never changes."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0007_corrections"
down_revision = "mail_0006_two_persons"
branch_labels = None
depends_on = None

_KEEP = """
    CREATE FUNCTION keep_what_left() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state = 'sent' AND (NEW.html, NEW.text) IS DISTINCT FROM (OLD.html, OLD.text) THEN
            RAISE EXCEPTION 'issue % was sent: its mail does not change', NEW.number USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("btrim(note) <> ''", name=op.f("ck_corrections_has_a_note")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_corrections_issue_id_issues")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_corrections_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_issue_id", "corrections", ["issue_id"])
    op.execute(_KEEP)
    op.execute("CREATE TRIGGER keep_what_left BEFORE UPDATE ON issues FOR EACH ROW EXECUTE FUNCTION keep_what_left()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_what_left ON issues")
    op.execute("DROP FUNCTION keep_what_left()")
    op.drop_table("corrections")
