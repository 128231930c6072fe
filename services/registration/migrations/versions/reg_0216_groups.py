"""Groups that meet again and again: members, animators, meetings, topics."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0216_groups"
down_revision = "reg_0215_programme"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "exchange_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=2000), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("partner_zone", sa.String(length=40), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_groups")),
        sa.UniqueConstraint("slug", name=op.f("uq_exchange_groups_slug")),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_exchange_groups_slug_form")),
        sa.CheckConstraint("every_months BETWEEN 1 AND 12", name=op.f("ck_exchange_groups_every_months")),
        sa.CheckConstraint("week BETWEEN 1 AND 5", name=op.f("ck_exchange_groups_week")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_exchange_groups_weekday")),
        sa.CheckConstraint("minutes BETWEEN 15 AND 600", name=op.f("ck_exchange_groups_minutes")),
    )
    op.create_table(
        "group_animators",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "year", name=op.f("pk_group_animators")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["exchange_groups.id"], name=op.f("fk_group_animators_group_id"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "group_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("structure", sa.String(length=200), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("group_id", "email_key", name=op.f("uq_group_members_group_id_email_key")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["exchange_groups.id"], name=op.f("fk_group_members_group_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_group_members_email_key"), "group_members", ["email_key"])
    op.create_table(
        "group_links",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_group_links")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["group_members.id"], name=op.f("fk_group_links_member_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_group_links_member_id"), "group_links", ["member_id"])
    op.create_table(
        "group_meetings",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("convened_at", INSTANT, nullable=True),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("minutes_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_group_meetings")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_group_meetings_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["exchange_groups.id"], name=op.f("fk_group_meetings_group_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_group_meetings_group_id"), "group_meetings", ["group_id"])
    op.create_table(
        "group_topics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("details", sa.String(length=2000), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_topics")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_group_topics_title_given")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["exchange_groups.id"], name=op.f("fk_group_topics_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["group_members.id"], name=op.f("fk_group_topics_member_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_group_topics_event_id"), ondelete="SET NULL"
        ),
    )
    op.create_index(op.f("ix_group_topics_group_id"), "group_topics", ["group_id"])


def downgrade() -> None:
    for table in (
        "group_topics",
        "group_meetings",
        "group_links",
        "group_members",
        "group_animators",
        "exchange_groups",
    ):
        op.drop_table(table)
