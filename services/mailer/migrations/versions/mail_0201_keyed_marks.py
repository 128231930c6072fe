"""Erased addresses under a keyed mark, in the ledger and among the suppressions; what a person keeps of L'Écho.

The plain hashes of before are keyed in their turn, so that what was erased stays one person and stays unsent.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

from services.mailer import marks, settings

revision = "mail_0201_keyed_marks"
down_revision = "mail_0210_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "contacts", sa.Column("kept", sa.ARRAY(sa.String(80)), server_default=sa.text("'{}'"), nullable=False)
    )
    erased = "SELECT DISTINCT email_key FROM messages WHERE email_key ~ '^erased [0-9a-f]{64}$'"
    old = list(op.get_bind().scalars(sa.text(erased)))
    if not old:
        return
    settings.load()  # the key
    new = [marks.again(one.removeprefix(marks.PREFIX)) for one in old]
    op.get_bind().execute(
        sa.text("""
            UPDATE messages m SET email_key = t.new
            FROM unnest(CAST(:old AS text[]), CAST(:new AS text[])) AS t (old, new) WHERE m.email_key = t.old
        """),
        {"old": old, "new": new},
    )
    plain = set(old)
    for key in op.get_bind().scalars(sa.text("SELECT DISTINCT email_key FROM suppressions")).all():
        if marks.PREFIX + hashlib.sha256(key.encode()).hexdigest() in plain:
            op.get_bind().execute(
                sa.text("UPDATE suppressions SET email_key = :mark, evidence = '' WHERE email_key = :key"),
                {"mark": marks.mark(key), "key": key},
            )


def downgrade() -> None:
    op.drop_column("contacts", "kept")
