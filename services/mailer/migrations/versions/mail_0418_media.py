"""A newsroom is a kind of contact."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0418_media"
down_revision = "mail_0365_merged_contacts"
branch_labels = None
depends_on = None

_BEFORE = "kind IN ('', 'association', 'authority', 'public', 'education', 'company', 'person')"
_AFTER = "kind IN ('', 'association', 'authority', 'public', 'education', 'company', 'media', 'person')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_contacts_kind"), "contacts", type_="check")
    op.create_check_constraint(op.f("ck_contacts_kind"), "contacts", _AFTER)


def downgrade() -> None:
    op.execute(sa.text("UPDATE contacts SET kind = '' WHERE kind = 'media'"))
    op.drop_constraint(op.f("ck_contacts_kind"), "contacts", type_="check")
    op.create_check_constraint(op.f("ck_contacts_kind"), "contacts", _BEFORE)
