"""Zones, département and kind of a contact; segments; to whom a campaign went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "mail_0005_segments"
down_revision = "mail_0004_programs"
branch_labels = None
depends_on = None

_KIND = "kind IN ('', 'association', 'authority', 'public', 'education', 'company', 'person')"
_DEPARTEMENT = "departement ~ '^(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-46])?$'"


def upgrade() -> None:
    words = postgresql.ARRAY(sa.String(length=60))
    op.add_column("contacts", sa.Column("zones", words, server_default="{}", nullable=False))
    op.add_column("contacts", sa.Column("departement", sa.String(length=3), server_default="", nullable=False))
    op.add_column("contacts", sa.Column("kind", sa.String(length=20), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_contacts_departement"), "contacts", _DEPARTEMENT)
    op.create_check_constraint(op.f("ck_contacts_kind"), "contacts", _KIND)
    op.create_table(
        "segments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_segments_has_a_name")),
        sa.CheckConstraint("version > 0", name=op.f("ck_segments_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_segments_name")),
    )
    op.add_column("campaigns", sa.Column("segment", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "campaigns",
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("campaigns", "filter")
    op.drop_column("campaigns", "segment")
    op.drop_table("segments")
    for column in ("kind", "departement", "zones"):
        op.drop_column("contacts", column)
