"""A single mail that did not leave is told as a fact too; not those of long ago."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0430_outcomes"
down_revision = "mail_0418_media"
branch_labels = None
depends_on = None

_BEFORE = "state = 'accepted' AND lane = 'transactional' AND NOT announced"
_AFTER = "state IN ('accepted', 'rejected', 'suppressed') AND lane = 'transactional' AND NOT announced"
_OLD = """
    UPDATE messages SET announced = true
    WHERE state IN ('rejected', 'suppressed') AND lane = 'transactional' AND changed_at < now() - interval '30 days'
"""


def upgrade() -> None:
    op.execute(_OLD)
    _index(_AFTER)


def downgrade() -> None:
    _index(_BEFORE)


def _index(where: str) -> None:
    op.drop_index("ix_messages_to_announce", table_name="messages")
    op.create_index("ix_messages_to_announce", "messages", ["id"], postgresql_where=sa.text(where))
