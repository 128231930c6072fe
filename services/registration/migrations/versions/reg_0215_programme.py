"""Several sites and organisers of one event; who speaks, as what, for how long."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0215_programme"
down_revision = "reg_0227_kept_forms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_sites",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("access", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_event_sites")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_sites_event_id"), ondelete="CASCADE"),
        sa.CheckConstraint("name <> ''", name=op.f("ck_event_sites_name_given")),
    )
    op.create_table(
        "event_organisers",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_event_organisers")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_organisers_event_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_event_organisers_name_given")),
    )
    op.create_table(
        "speakers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("workshop_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speakers")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["programme_items.id"], name=op.f("fk_speakers_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshops.id"], name=op.f("fk_speakers_workshop_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("num_nonnulls(item_id, workshop_id) = 1", name=op.f("ck_speakers_in_one_thing")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_speakers_minutes")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_speakers_name_given")),
    )
    op.create_index(op.f("ix_speakers_item_id"), "speakers", ["item_id"])
    op.create_index(op.f("ix_speakers_workshop_id"), "speakers", ["workshop_id"])
    op.add_column("programme_items", sa.Column("slides", sa.String(length=300), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("programme_items", "slides")
    op.drop_table("speakers")
    op.drop_table("event_organisers")
    op.drop_table("event_sites")
