"""Four keys of the ledger as they cost least: each change of a row writes them all. The same is unique as before."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0350_ledger_keys"
down_revision = "mail_0280_photos"
branch_labels = None
depends_on = None

_EVENT = ["event_id", "email_key", "template"]
_BUSINESS = ["kind", "thing", "thing_version", "email_key"]
_ADDRESS_FIRST = ["email_key", "kind", "thing", "thing_version"]


def upgrade() -> None:
    op.drop_constraint(op.f("uq_messages_event_id_email_key_template"), "messages")
    op.create_index(
        "uq_messages_event", "messages", _EVENT, unique=True, postgresql_where=sa.text("event_id IS NOT NULL")
    )
    op.drop_constraint(op.f("uq_messages_message_id"), "messages")
    op.create_index(
        "uq_messages_message_id",
        "messages",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_unique_constraint(op.f("uq_messages_email_key_kind_thing_thing_version"), "messages", _ADDRESS_FIRST)
    op.drop_constraint(op.f("uq_messages_kind_thing_thing_version_email_key"), "messages")
    op.drop_index("ix_messages_email_key", "messages")


def downgrade() -> None:
    op.create_index("ix_messages_email_key", "messages", ["email_key"])
    op.create_unique_constraint(op.f("uq_messages_kind_thing_thing_version_email_key"), "messages", _BUSINESS)
    op.drop_constraint(op.f("uq_messages_email_key_kind_thing_thing_version"), "messages")
    op.drop_index("uq_messages_message_id", "messages")
    op.create_unique_constraint(op.f("uq_messages_message_id"), "messages", ["message_id"])
    op.drop_index("uq_messages_event", "messages")
    op.create_unique_constraint(op.f("uq_messages_event_id_email_key_template"), "messages", _EVENT)
