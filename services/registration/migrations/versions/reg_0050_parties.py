"""Colleagues registered on one form, and whether they wait for seats together."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0050_parties"
down_revision = "reg_0040_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_parties_event_id"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_parties_event_id"), "parties", ["event_id"])
    op.create_table(
        "party_members",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("contact", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_party_members")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_party_members_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["parties.id"], name=op.f("fk_party_members_party_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_party_members_party_id"), "party_members", ["party_id"])
    op.create_index(
        "uq_party_members_contact", "party_members", ["party_id"], unique=True, postgresql_where=sa.text("contact")
    )
    op.add_column("waiting_entries", sa.Column("party_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_waiting_entries_party_id"), "waiting_entries", "parties", ["party_id"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_waiting_entries_party_id"), "waiting_entries", type_="foreignkey")
    op.drop_column("waiting_entries", "party_id")
    op.drop_table("party_members")
    op.drop_table("parties")
