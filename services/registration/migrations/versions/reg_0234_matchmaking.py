"""Who wants to be found by those who work alike."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0234_matchmaking"
down_revision = "reg_0233_carpool"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_profiles",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("zones", postgresql.ARRAY(sa.String(length=8)), nullable=False),
        sa.Column("themes", postgresql.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(zones) > 0 OR cardinality(themes) > 0 OR place <> ''",
            name=op.f("ck_match_profiles_something_to_compare"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_match_profiles_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_match_profiles")),
    )


def downgrade() -> None:
    op.drop_table("match_profiles")
