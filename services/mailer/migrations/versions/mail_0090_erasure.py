"""What an attempt heard may be blanked, and nothing else of it changed."""

from alembic import op

revision = "mail_0090_erasure"
down_revision = "mail_0008_arrivals"
branch_labels = None
depends_on = None

CHECK = """
CREATE OR REPLACE FUNCTION attempts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {exception}
    RAISE EXCEPTION 'attempts are append-only' USING ERRCODE = 'check_violation';
END $$
"""
BLANKED = """
    IF TG_OP = 'UPDATE' AND NEW.text = '' AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
"""


def upgrade() -> None:
    op.execute(CHECK.format(exception=BLANKED))


def downgrade() -> None:
    op.execute(CHECK.format(exception=""))
