"""Events, workshops, seats, registrations, personal links, and the home page's news."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0002_events"
down_revision = "reg_0001_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("to_bring", sa.String(length=2000), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organiser_name", sa.String(length=200), nullable=False),
        sa.Column("organiser_email", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_events_slug_form")),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed', 'archived')", name=op.f("ck_events_state_known")),
        sa.CheckConstraint(
            "closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name=op.f("ck_events_closes_after_open")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_events_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("slug", name=op.f("uq_events_slug")),
    )
    op.create_table(
        "news",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("thing", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('call', 'issue')", name=op.f("ck_news_kind_known")),
        sa.PrimaryKeyConstraint("kind", "thing", name=op.f("pk_news")),
    )
    op.create_table(
        "programme_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("speaker", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_programme_items_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_programme_items_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_items")),
    )
    op.create_index(op.f("ix_programme_items_event_id"), "programme_items", ["event_id"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("submission_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("structure", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=120), nullable=False),
        sa.Column("actor_type", sa.String(length=20), nullable=False),
        sa.Column("department", sa.String(length=10), nullable=False),
        sa.Column("meal", sa.Boolean(), nullable=False),
        sa.Column("participant_list", sa.Boolean(), nullable=False),
        sa.Column("carpool", sa.Boolean(), nullable=False),
        sa.Column("photo", sa.Boolean(), nullable=False),
        sa.Column("newsletter", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("calendar_sequence", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_registrations_cancelled_dated")
        ),
        sa.CheckConstraint(
            "status IN ('confirmed', 'wait_listed', 'cancelled')", name=op.f("ck_registrations_status_known")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_registrations_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("reference", name=op.f("uq_registrations_reference")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_registrations_submission_key")),
        sa.UniqueConstraint("ticket", name=op.f("uq_registrations_ticket")),
    )
    op.create_index("ix_registrations_email_key", "registrations", ["email_key"], unique=False)
    op.create_index("ix_registrations_list", "registrations", ["event_id", "name_key", "id"], unique=False)
    op.create_index(
        "uq_registrations_person",
        "registrations",
        ["event_id", "email_key", "name_key"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slots_ends_after_start")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_slots_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("id", "event_id", name=op.f("uq_slots_id_event_id")),
    )
    op.create_index(op.f("ix_slots_event_id"), "slots", ["event_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.String(length=1000), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_consents_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_registration_id"), "consents", ["registration_id"], unique=False)
    op.create_table(
        "personal_links",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("issued_for", sa.String(length=30), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_personal_links_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_personal_links")),
    )
    op.create_index(op.f("ix_personal_links_registration_id"), "personal_links", ["registration_id"], unique=False)
    op.create_table(
        "sensitive_answers",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("diet", sa.String(length=20), nullable=False),
        sa.Column("diet_note", sa.String(length=300), nullable=False),
        sa.Column("access", sa.String(length=1000), nullable=False),
        sa.Column("call_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_sensitive_answers_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_sensitive_answers")),
    )
    op.create_table(
        "workshops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("room", sa.String(length=120), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_workshops_ends_after_start")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_workshops_slot_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshops")),
        sa.UniqueConstraint("id", "slot_id", name=op.f("uq_workshops_id_slot_id")),
    )
    op.create_index(op.f("ix_workshops_slot_id"), "workshops", ["slot_id"], unique=False)
    op.create_table(
        "quotas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.CheckConstraint("(kind = 'workshop') = (workshop_id IS NOT NULL)", name=op.f("ck_quotas_workshop_named")),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_quotas_capacity_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_quotas_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshops.id"], name=op.f("fk_quotas_workshop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
        sa.UniqueConstraint("workshop_id", name=op.f("uq_quotas_workshop_id")),
    )
    op.create_index(op.f("ix_quotas_event_id"), "quotas", ["event_id"], unique=False)
    op.create_index("uq_quotas_event", "quotas", ["event_id"], unique=True, postgresql_where=sa.text("kind = 'event'"))
    op.create_table(
        "workshop_wishes",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_workshop_wishes_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_workshop_wishes_slot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id", "slot_id"],
            ["workshops.id", "workshops.slot_id"],
            name=op.f("fk_workshop_wishes_workshop_id_slot_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "slot_id", name=op.f("pk_workshop_wishes")),
    )
    op.create_index(op.f("ix_workshop_wishes_workshop_id"), "workshop_wishes", ["workshop_id"], unique=False)
    op.create_table(
        "seat_claims",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="confirmed", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name=op.f("ck_seat_claims_held_expires")),
        sa.CheckConstraint("state IN ('held', 'confirmed')", name=op.f("ck_seat_claims_state_known")),
        sa.ForeignKeyConstraint(["quota_id"], ["quotas.id"], name=op.f("fk_seat_claims_quota_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_seat_claims_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("registration_id", "quota_id", name=op.f("pk_seat_claims")),
    )
    op.create_index(op.f("ix_seat_claims_quota_id"), "seat_claims", ["quota_id"], unique=False)
    op.create_table(
        "waiting_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["quota_id"], ["quotas.id"], name=op.f("fk_waiting_entries_quota_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_waiting_entries_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entries")),
        sa.UniqueConstraint("number", name=op.f("uq_waiting_entries_number")),
        sa.UniqueConstraint("registration_id", "quota_id", name=op.f("uq_waiting_entries_registration_id_quota_id")),
    )
    op.create_index("ix_waiting_entries_queue", "waiting_entries", ["quota_id", "number"], unique=False)


def downgrade() -> None:

    op.drop_index("ix_waiting_entries_queue", table_name="waiting_entries")
    op.drop_table("waiting_entries")
    op.drop_index(op.f("ix_seat_claims_quota_id"), table_name="seat_claims")
    op.drop_table("seat_claims")
    op.drop_index(op.f("ix_workshop_wishes_workshop_id"), table_name="workshop_wishes")
    op.drop_table("workshop_wishes")
    op.drop_index("uq_quotas_event", table_name="quotas", postgresql_where=sa.text("kind = 'event'"))
    op.drop_index(op.f("ix_quotas_event_id"), table_name="quotas")
    op.drop_table("quotas")
    op.drop_index(op.f("ix_workshops_slot_id"), table_name="workshops")
    op.drop_table("workshops")
    op.drop_table("sensitive_answers")
    op.drop_index(op.f("ix_personal_links_registration_id"), table_name="personal_links")
    op.drop_table("personal_links")
    op.drop_index(op.f("ix_consents_registration_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_index(op.f("ix_slots_event_id"), table_name="slots")
    op.drop_table("slots")
    op.drop_index(
        "uq_registrations_person", table_name="registrations", postgresql_where=sa.text("status <> 'cancelled'")
    )
    op.drop_index("ix_registrations_list", table_name="registrations")
    op.drop_index("ix_registrations_email_key", table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_programme_items_event_id"), table_name="programme_items")
    op.drop_table("programme_items")
    op.drop_table("news")
    op.drop_table("events")
