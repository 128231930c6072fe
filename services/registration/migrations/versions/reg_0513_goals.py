"""The themes of who wants to meet are the sustainable development goals, as everywhere else."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0513_goals"
down_revision = "reg_0498_webhook_keys"
branch_labels = None
depends_on = None

_GOALS = {
    "water": "6",
    "education": "4",
    "health": "3",
    "farming": "2",
    "youth": "4",
    "culture": "11",
    "economy": "8",
    "climate": "13",
    "rights": "10",
    "government": "16",
}


def upgrade() -> None:
    move = sa.text("UPDATE match_profiles SET themes = array_replace(themes, :was, :goal) WHERE :was = ANY(themes)")
    for was, goal in _GOALS.items():
        op.execute(move.bindparams(was=was, goal=goal))


def downgrade() -> None:
    """The goals stay: the version before shows those themes that it knows, and these are none."""
