"""Who asked not to be invited is known by a hash: whose it is, an index says."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0684_hashed"
down_revision = "reg_0683_dead_rows"
branch_labels = None
depends_on = None

HASHED = r"sha256(replace(email_key, '\', '\\')::bytea)"


def upgrade() -> None:
    op.create_index("ix_registrations_hashed", "registrations", [sa.text(HASHED)])
    op.create_index("ix_group_members_hashed", "group_members", [sa.text(HASHED)])
    op.create_index(op.f("ix_invitations_email_hash"), "invitations", ["email_hash"])


def downgrade() -> None:
    op.drop_index(op.f("ix_invitations_email_hash"), "invitations")
    op.drop_index("ix_group_members_hashed", "group_members")
    op.drop_index("ix_registrations_hashed", "registrations")
