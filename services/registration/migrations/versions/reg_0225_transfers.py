"""Whom a seat was passed on to."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0225_transfers"
down_revision = "reg_0093_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("transferred_to", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_registrations_transferred_to_registrations"),
        "registrations",
        "registrations",
        ["transferred_to"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_unique_constraint(op.f("uq_registrations_transferred_to"), "registrations", ["transferred_to"])
    op.create_check_constraint(
        op.f("ck_registrations_transferred_gone"),
        "registrations",
        "transferred_to IS NULL OR (status = 'cancelled' AND transferred_to <> id)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_registrations_transferred_gone"), "registrations", type_="check")
    op.drop_constraint(op.f("uq_registrations_transferred_to"), "registrations", type_="unique")
    op.drop_constraint(op.f("fk_registrations_transferred_to_registrations"), "registrations", type_="foreignkey")
    op.drop_column("registrations", "transferred_to")
