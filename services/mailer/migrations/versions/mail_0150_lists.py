"""Several lists, and the links mailed to prove an address."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0150_lists"
down_revision = "mail_0090_erasure"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lists",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("description_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'", name=op.f("ck_lists_key")),
        sa.CheckConstraint("key NOT IN ('all', 'bulk')", name=op.f("ck_lists_key_is_no_scope")),
        sa.CheckConstraint("btrim(name) <> '' AND btrim(description) <> ''", name=op.f("ck_lists_says_what_it_is")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_lists_name")),
    )
    op.create_table(
        "mailed_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('subscribe', 'data')", name=op.f("ck_mailed_links_purpose")),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=op.f("ck_mailed_links_token_is_a_hash")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_mailed_links_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_links_token_hash")),
    )
    op.create_index("ix_mailed_links_email_key", "mailed_links", ["email_key", "created_at"])
    op.create_index("ix_mailed_links_created_at", "mailed_links", ["created_at"])


def downgrade() -> None:
    op.drop_table("mailed_links")
    op.drop_table("lists")
