"""Attempts may go when their time is over; everything else about them still cannot change."""

from alembic import op

revision = "mail_0206_retention"
down_revision = "mail_0205_resumed"
branch_labels = None
depends_on = None

CHECK = """
CREATE OR REPLACE FUNCTION attempts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.text = '' AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
    {exception}
    RAISE EXCEPTION 'attempts are append-only' USING ERRCODE = 'check_violation';
END $$
"""
PAST = """
    IF TG_OP = 'DELETE' AND current_setting('agora.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
"""


def upgrade() -> None:
    op.execute(CHECK.format(exception=PAST))


def downgrade() -> None:
    op.execute(CHECK.format(exception=""))
