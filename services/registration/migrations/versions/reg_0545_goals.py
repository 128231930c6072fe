"""Expand: the goals of who wants to meet, beside the themes that an earlier version still reads and writes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "reg_0545_goals"
down_revision = "reg_0542_blank_proxies"
branch_labels = None
depends_on = None

_RULE = "ck_match_profiles_something_to_compare"


def upgrade() -> None:
    goals = sa.Column("goals", ARRAY(sa.String(length=2)), server_default="{}", nullable=False)
    op.add_column("match_profiles", goals)
    op.drop_constraint(op.f(_RULE), "match_profiles")
    something = "cardinality(zones) > 0 OR cardinality(themes) > 0 OR cardinality(goals) > 0 OR place <> ''"
    op.create_check_constraint(op.f(_RULE), "match_profiles", something)


def downgrade() -> None:
    op.execute("UPDATE match_profiles SET themes = goals WHERE themes = '{}'")
    op.drop_constraint(op.f(_RULE), "match_profiles")
    something = "cardinality(zones) > 0 OR cardinality(themes) > 0 OR place <> ''"
    op.create_check_constraint(op.f(_RULE), "match_profiles", something)
    op.drop_column("match_profiles", "goals")
