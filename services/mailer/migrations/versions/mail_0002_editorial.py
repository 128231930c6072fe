"""Contacts and consents, issues, items, contributors, contributions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0002_editorial"
down_revision = "mail_0001_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(length=60), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (content IS NOT NULL)", name=op.f("ck_contact_imports_content_only_while_pending")
        ),
        sa.CheckConstraint("state IN ('pending', 'done', 'dropped')", name=op.f("ck_contact_imports_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_imports")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("last_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("structure", sa.String(length=200), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=2), server_default="fr", nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.String(length=60)), server_default="{}", nullable=False),
        sa.Column("status", sa.String(length=12), server_default="active", nullable=False),
        sa.Column("search", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'erased')", name=op.f("ck_contacts_status")),
        sa.CheckConstraint("email_key = lower(btrim(email_key))", name=op.f("ck_contacts_email_key_is_a_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("email_key", name=op.f("uq_contacts_email_key")),
    )
    op.create_table(
        "contributors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributors")),
        sa.UniqueConstraint("email_key", name=op.f("uq_contributors_email_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_contributors_token_hash")),
    )
    op.create_table(
        "issues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("editorial", sa.Text(), server_default="", nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("contributions_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (campaign_id IS NOT NULL)", name=op.f("ck_issues_sent_has_a_campaign")),
        sa.CheckConstraint("state IN ('draft', 'ready', 'sent')", name=op.f("ck_issues_state")),
        sa.CheckConstraint("number > 0", name=op.f("ck_issues_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("number", name=op.f("uq_issues_number")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("status IN ('given', 'withdrawn')", name=op.f("ck_consents_status")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_contact_id_list_id", "consents", ["contact_id", "list", sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), server_default="", nullable=False),
        sa.Column("structure", sa.String(length=200), server_default="", nullable=False),
        sa.Column("credit", sa.String(length=200), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "section IN ('headline', 'calls', 'agenda', 'members', 'resources')", name=op.f("ck_items_section")
        ),
        sa.CheckConstraint("char_length(text) <= 600", name=op.f("ck_items_text_length")),
        sa.CheckConstraint("char_length(title) <= 80", name=op.f("ck_items_title_length")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_items_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint(
            "issue_id",
            "section",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_items_issue_id_section_position"),
        ),
    )
    op.create_table(
        "contributions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), server_default="", nullable=False),
        sa.Column("credit", sa.String(length=200), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=254), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state <> 'refused') OR (reason <> '')", name=op.f("ck_contributions_refusal_has_a_reason")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (item_id IS NOT NULL)", name=op.f("ck_contributions_accepted_has_an_item")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_contributions_state")
        ),
        sa.CheckConstraint("char_length(text) <= 600", name=op.f("ck_contributions_text_length")),
        sa.CheckConstraint("char_length(title) <= 80", name=op.f("ck_contributions_title_length")),
        sa.ForeignKeyConstraint(
            ["contributor_id"], ["contributors.id"], name=op.f("fk_contributions_contributor_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_contributions_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_contributions_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributions")),
    )
    # A consent is a fact: what was agreed to is added to, never rewritten. Erasure may still delete.
    op.execute("""
        CREATE FUNCTION refuse_consent_update() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'consents are only ever added' USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER consents_append_only BEFORE UPDATE ON consents
        FOR EACH ROW EXECUTE FUNCTION refuse_consent_update()
    """)


def downgrade() -> None:
    op.drop_table("contributions")
    op.drop_table("items")
    op.drop_index("ix_consents_contact_id_list_id", table_name="consents")
    op.drop_table("consents")
    op.drop_table("issues")
    op.drop_table("contributors")
    op.drop_table("contacts")
    op.drop_table("contact_imports")
    op.execute("DROP FUNCTION refuse_consent_update")
