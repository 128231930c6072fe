"""The events whose desk says who is there, and the one that a round is held at."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0330_gatherings"
down_revision = "jury_0308_chair"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gatherings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
    )
    op.add_column("rounds", sa.Column("gathering_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_rounds_gathering_id_gatherings"), "rounds", "gatherings", ["gathering_id"], ["id"])
    op.create_index(op.f("ix_rounds_gathering_id"), "rounds", ["gathering_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_rounds_gathering_id"), "rounds")
    op.drop_constraint(op.f("fk_rounds_gathering_id_gatherings"), "rounds")
    op.drop_column("rounds", "gathering_id")
    op.drop_table("gatherings")
