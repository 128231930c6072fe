"""On which days ahead an event reminds its people, and which reminders have left."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0245_reminders"
down_revision = "reg_0234_matchmaking"
branch_labels = None
depends_on = None


def upgrade() -> None:
    days = sa.Column("reminders", sa.ARRAY(sa.SmallInteger()), server_default="{7,1}", nullable=False)
    op.add_column("events", days)
    op.create_check_constraint(op.f("ck_events_reminders_known"), "events", "reminders <@ '{14,7,3,1}'::smallint[]")
    op.create_table(
        "reminders",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("days_before", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_reminders_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "days_before", name=op.f("pk_reminders")),
    )
    # The only reminder there was left three days ahead.
    op.execute(
        "INSERT INTO reminders (registration_id, days_before, sent_at)"
        " SELECT id, 3, reminded_at FROM registrations WHERE reminded_at IS NOT NULL"
    )
    op.drop_column("registrations", "reminded_at")


def downgrade() -> None:
    op.add_column("registrations", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE registrations SET reminded_at = sent.at"
        " FROM (SELECT registration_id, max(sent_at) AS at FROM reminders GROUP BY registration_id) AS sent"
        " WHERE sent.registration_id = registrations.id"
    )
    op.drop_table("reminders")
    op.drop_constraint(op.f("ck_events_reminders_known"), "events", type_="check")
    op.drop_column("events", "reminders")
