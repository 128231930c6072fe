"""Two contacts that are one person: the address that is not used any more still leads to them."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0365_merged_contacts"
down_revision = "mail_0350_ledger_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contacts_merged_into_contacts"), "contacts", "contacts", ["merged_into"], ["id"], ondelete="CASCADE"
    )
    op.create_index(
        "ix_contacts_merged_into", "contacts", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.drop_constraint(op.f("ck_contacts_status"), "contacts", type_="check")
    op.create_check_constraint(op.f("ck_contacts_status"), "contacts", "status IN ('active', 'erased', 'merged')")
    op.create_check_constraint(
        op.f("ck_contacts_merged_into_somebody"), "contacts", "(status = 'merged') = (merged_into IS NOT NULL)"
    )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM contacts WHERE status = 'merged'"))
    op.drop_constraint(op.f("ck_contacts_merged_into_somebody"), "contacts", type_="check")
    op.drop_constraint(op.f("ck_contacts_status"), "contacts", type_="check")
    op.create_check_constraint(op.f("ck_contacts_status"), "contacts", "status IN ('active', 'erased')")
    op.drop_column("contacts", "merged_into")
