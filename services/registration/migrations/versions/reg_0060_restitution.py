"""What the workshops bring back: links of their hosts, three parts, every text that arrived, what left for L'Écho."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0060_restitution"
down_revision = "reg_0092_offers"
branch_labels = None
depends_on = None

_KNOWN = "part IN ('findings', 'proposals', 'next_steps')"


def _workshop(table: str, **more: bool) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column("workshop_id", sa.Uuid(), nullable=False, **more),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshops.id"], name=op.f(f"fk_{table}_workshop_id"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "host_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        *_workshop("host_links"),
        sa.Column("issued_at", instant, nullable=False),
        sa.Column("revoked_at", instant, nullable=True),
        sa.Column("last_seen_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_host_links_token_hash")),
    )
    op.create_index(
        "uq_host_links_open", "host_links", ["workshop_id"], unique=True, postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.create_table(
        "restitution_parts",
        *_workshop("restitution_parts"),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("workshop_id", "part", name=op.f("pk_restitution_parts")),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_restitution_parts_part_known")),
        sa.CheckConstraint("char_length(text) <= 3000", name=op.f("ck_restitution_parts_text_length")),
        sa.CheckConstraint("version > 0", name=op.f("ck_restitution_parts_version_positive")),
    )
    op.create_table(
        "restitution_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_workshop("restitution_operations"),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("at", instant, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restitution_operations")),
        sa.CheckConstraint(_KNOWN, name=op.f("ck_restitution_operations_part_known")),
        sa.CheckConstraint("outcome IN ('applied', 'conflict')", name=op.f("ck_restitution_operations_outcome_known")),
    )
    op.create_index(op.f("ix_restitution_operations_workshop_id"), "restitution_operations", ["workshop_id"])
    op.create_table(
        "restitutions_sent",
        *_workshop("restitutions_sent"),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("workshop_id", "digest", name=op.f("pk_restitutions_sent")),
    )


def downgrade() -> None:
    for table in ("restitutions_sent", "restitution_operations", "restitution_parts", "host_links"):
        op.drop_table(table)
