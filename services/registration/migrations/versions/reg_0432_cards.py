"""A voter of an assembly has a card, whose code is read at the entrance."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0432_cards"
down_revision = "reg_0448_stage_turns"
branch_labels = None
depends_on = None

NEW_CARD = "upper(\"left\"(replace((gen_random_uuid())::text, '-'::text, ''::text), 20))"


def upgrade() -> None:
    op.add_column("assembly_voters", sa.Column("card", sa.String(60), nullable=False, server_default=sa.text(NEW_CARD)))
    op.create_unique_constraint(op.f("uq_assembly_voters_card"), "assembly_voters", ["card"])


def downgrade() -> None:
    op.drop_column("assembly_voters", "card")
