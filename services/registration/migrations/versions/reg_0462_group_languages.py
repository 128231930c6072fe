"""Members of a group have a language for its mails."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0462_group_languages"
down_revision = "reg_0462_english_programme"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("group_members", sa.Column("locale", sa.String(2), server_default="fr", nullable=False))
    op.create_check_constraint(op.f("ck_group_members_locale_known"), "group_members", "locale IN ('fr', 'en')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_group_members_locale_known"), "group_members", type_="check")
    op.drop_column("group_members", "locale")
