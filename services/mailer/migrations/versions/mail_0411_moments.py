"""What facts of the other services tell of a person, for the timeline of a contact."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0411_moments"
down_revision = "mail_0409_doubted"
branch_labels = None
depends_on = None

_KINDS = ("registered", "waits", "promoted", "cancelled", "arrived", "filed", "withdrawn", "restored", "result")


def upgrade() -> None:
    op.create_table(
        "moments",
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing", sa.Uuid(), nullable=False),
        sa.Column("within", sa.Uuid(), nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({', '.join(repr(one) for one in _KINDS)})", name=op.f("ck_moments_kind")),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_moments")),
    )
    op.create_index(op.f("ix_moments_thing"), "moments", ["thing"])
    op.create_index(op.f("ix_moments_email_hash"), "moments", ["email_hash"])


def downgrade() -> None:
    op.drop_table("moments")
