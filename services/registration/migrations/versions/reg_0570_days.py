"""Expand: an attendance is of one day of the event; an earlier version writes today's."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0570_days"
down_revision = "reg_0545_goals"
branch_labels = None
depends_on = None

_TODAY = "((now() - interval '4 hours') AT TIME ZONE 'Europe/Paris')::date"
_KEY = "pk_attendances"


def upgrade() -> None:
    op.add_column("desk_operations", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("attendances", sa.Column("day", sa.Date(), server_default=sa.text(_TODAY), nullable=False))
    # A day begins at four in the morning, as rules/days.py has it; whoever was let in outside counts for the nearest.
    op.execute("""
        UPDATE attendances SET day = greatest(
            ((e.starts_at - interval '4 hours') AT TIME ZONE 'Europe/Paris')::date,
            least(
                ((e.ends_at - interval '4 hours') AT TIME ZONE 'Europe/Paris')::date,
                ((coalesce(attendances.at, e.starts_at) - interval '4 hours') AT TIME ZONE 'Europe/Paris')::date
            )
        ) FROM registrations r JOIN events e ON e.id = r.event_id WHERE r.id = attendances.registration_id
    """)
    op.drop_constraint(op.f(_KEY), "attendances", type_="primary")
    op.create_primary_key(op.f(_KEY), "attendances", ["registration_id", "day"])


def downgrade() -> None:
    # One row of each person stays: the first day on which they came, or any.
    op.execute("""
        DELETE FROM attendances WHERE (registration_id, day) NOT IN (
            SELECT DISTINCT ON (registration_id) registration_id, day FROM attendances
            ORDER BY registration_id, present DESC, day
        )
    """)
    op.drop_constraint(op.f(_KEY), "attendances", type_="primary")
    op.create_primary_key(op.f(_KEY), "attendances", ["registration_id"])
    op.drop_column("attendances", "day")
    op.drop_column("desk_operations", "day")
