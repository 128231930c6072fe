"""The send ledger: campaigns, messages, attempts, suppressions, limiters, breakers.

Revision ID: mail_0001_ledger
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0001_ledger"
down_revision = None
branch_labels = None
depends_on = None

_instant = sa.DateTime(timezone=True)
_now = sa.text("now()")

STATES = (
    "'pending', 'claimed', 'transmitting', 'accepted', 'deferred', 'rejected', 'unknown', 'suppressed', 'cancelled'"
)


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("issue_id", sa.Uuid),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("paused_because", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("from_name", sa.Text, nullable=False),
        sa.Column("from_email", sa.Text, nullable=False),
        sa.Column("reply_to", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("archive_url", sa.Text, nullable=False),
        sa.Column("audience", sa.Integer, nullable=False),
        sa.Column("created_at", _instant, server_default=_now, nullable=False),
        sa.Column("started_at", _instant),
        sa.Column("finished_at", _instant),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'paused', 'finished', 'cancelled')", name=op.f("ck_campaigns_state")
        ),
        sa.CheckConstraint("(state = 'draft') = (started_at IS NULL)", name=op.f("ck_campaigns_started")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(
        "uq_campaigns_issue_id",
        "campaigns",
        ["issue_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.Uuid),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("domain_group", sa.Text, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.Column("event_id", sa.Uuid),
        sa.Column("campaign_id", sa.Uuid),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("thing_version", sa.Text, nullable=False),
        sa.Column("state", sa.Text, server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("resends", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_at", _instant, server_default=_now, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", _instant),
        sa.Column("message_id", sa.Text),
        sa.Column("relay", sa.Text, server_default="", nullable=False),
        sa.Column("last_code", sa.Integer),
        sa.Column("last_enhanced", sa.Text, server_default="", nullable=False),
        sa.Column("last_text", sa.Text, server_default="", nullable=False),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("correlation_id", sa.Text, server_default="", nullable=False),
        sa.Column("traceparent", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", _instant, server_default=_now, nullable=False),
        sa.Column("changed_at", _instant, server_default=_now, nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_messages_state")),
        sa.CheckConstraint("lane IN ('transactional', 'bulk')", name=op.f("ck_messages_lane")),
        sa.CheckConstraint("(campaign_id IS NOT NULL) = (lane = 'bulk')", name=op.f("ck_messages_campaign")),
        sa.CheckConstraint(
            "(state IN ('claimed', 'transmitting')) = (lease_until IS NOT NULL)"
            " AND (lease_until IS NULL OR lease_owner IS NOT NULL)",
            name=op.f("ck_messages_lease"),
        ),
        sa.CheckConstraint(
            "message_id IS NOT NULL OR state NOT IN ('transmitting', 'accepted', 'unknown')",
            name=op.f("ck_messages_message_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_messages_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("event_id", "email_key", "template", name=op.f("uq_messages_event_id_email_key_template")),
        sa.UniqueConstraint("campaign_id", "email_key", name=op.f("uq_messages_campaign_id_email_key")),
        sa.UniqueConstraint(
            "kind",
            "thing",
            "thing_version",
            "email_key",
            name=op.f("uq_messages_kind_thing_thing_version_email_key"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
    )
    op.create_index(
        "ix_messages_due",
        "messages",
        ["lane", "domain_group", "next_at", "id"],
        postgresql_where=sa.text("state IN ('pending', 'deferred')"),
    )
    op.create_index(
        "ix_messages_leased",
        "messages",
        ["lease_until"],
        postgresql_where=sa.text("state IN ('claimed', 'transmitting')"),
    )
    op.create_index("ix_messages_unknown", "messages", ["changed_at"], postgresql_where=sa.text("state = 'unknown'"))
    op.create_index("ix_messages_campaign_id_state", "messages", ["campaign_id", "state"])
    op.create_index("ix_messages_email_key", "messages", ["email_key"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("at", _instant, server_default=_now, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("relay", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'deferred', 'rejected', 'unknown')", name=op.f("ck_attempts_outcome")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attempts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("message_id", "owner", "outcome", name=op.f("uq_attempts_message_id_owner_outcome")),
    )
    op.create_table(
        "suppressions",
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", _instant, server_default=_now, nullable=False),
        sa.Column("until", _instant),
        sa.PrimaryKeyConstraint("email_key", "scope", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "limiters",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("rate", sa.Float, nullable=False),
        sa.Column("burst", sa.Float, nullable=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("updated_at", _instant, server_default=_now, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_limiters")),
    )
    op.create_table(
        "breakers",
        sa.Column("relay", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", _instant, server_default=_now, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("relay", "lane", name=op.f("pk_breakers")),
    )
    # The list of rules.TRANSITIONS; a test compares the two, pair by pair.
    op.execute("""
        CREATE FUNCTION messages_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT (CASE OLD.state
                WHEN 'pending' THEN NEW.state IN ('claimed', 'suppressed', 'cancelled')
                WHEN 'deferred' THEN NEW.state IN ('claimed', 'suppressed', 'cancelled')
                WHEN 'claimed' THEN NEW.state IN ('transmitting', 'pending', 'deferred', 'rejected', 'cancelled')
                WHEN 'transmitting' THEN NEW.state IN ('accepted', 'deferred', 'rejected', 'unknown')
                WHEN 'unknown' THEN NEW.state IN ('accepted', 'deferred', 'rejected', 'pending')
                WHEN 'rejected' THEN NEW.state = 'pending'
                ELSE false
            END) THEN
                RAISE EXCEPTION 'a % message cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
            END IF;
            NEW.changed_at := now();
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER messages_transition BEFORE UPDATE OF state ON messages
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION messages_check_transition()
    """)
    op.execute("""
        CREATE FUNCTION attempts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'attempts are append-only' USING ERRCODE = 'check_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER attempts_append_only BEFORE UPDATE OR DELETE ON attempts
        FOR EACH ROW EXECUTE FUNCTION attempts_refuse_change()
    """)
    # The audience of a campaign is frozen by one INSERT … SELECT, so its ids are made by the database.
    op.execute("""
        CREATE FUNCTION new_uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
            SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
                substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
        $$
    """)


def downgrade() -> None:
    for table in ("breakers", "limiters", "suppressions", "attempts", "messages", "campaigns"):
        op.drop_table(table)
    for function in ("new_uuid7()", "attempts_refuse_change()", "messages_check_transition()"):
        op.execute(f"DROP FUNCTION {function}")
