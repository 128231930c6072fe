"""How long a freed seat is offered before it goes to the next; none means it goes to the next at once."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0092_offers"
down_revision = "reg_0091_erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("offer_hours", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_events_offer_hours"), "events", "offer_hours BETWEEN 1 AND 336")
    op.create_index("ix_seat_claims_held", "seat_claims", ["expires_at"], postgresql_where=sa.text("state = 'held'"))


def downgrade() -> None:
    op.drop_index("ix_seat_claims_held", table_name="seat_claims")
    op.drop_constraint(op.f("ck_events_offer_hours"), "events", type_="check")
    op.drop_column("events", "offer_hours")
