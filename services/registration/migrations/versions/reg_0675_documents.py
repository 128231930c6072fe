"""Expand: documents on the page of an event."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0675_documents"
down_revision = "reg_0671_terms_secret"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("workshop_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_event_documents_title_given")),
        sa.CheckConstraint(
            "num_nonnulls(item_id, slot_id, workshop_id) <= 1", name=op.f("ck_event_documents_of_one_line")
        ),
        sa.CheckConstraint("octet_length(body) = size", name=op.f("ck_event_documents_size_true")),
        sa.CheckConstraint("size BETWEEN 1 AND 10485760", name=op.f("ck_event_documents_size_bounded")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_documents_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["programme_items.id"], name=op.f("fk_event_documents_item_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slots.id"], name=op.f("fk_event_documents_slot_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshops.id"], name=op.f("fk_event_documents_workshop_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_documents")),
    )
    op.create_index(op.f("ix_event_documents_event_id"), "event_documents", ["event_id"], unique=False)
    op.create_index(op.f("ix_event_documents_item_id"), "event_documents", ["item_id"], unique=False)
    op.create_index(op.f("ix_event_documents_slot_id"), "event_documents", ["slot_id"], unique=False)
    op.create_index(op.f("ix_event_documents_workshop_id"), "event_documents", ["workshop_id"], unique=False)


def downgrade() -> None:
    op.drop_table("event_documents")
