"""An election says which round it is, and its title no longer does: the title is everybody's, the word a language's."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0423_rounds"
down_revision = "reg_0452_members"
branch_labels = None
depends_on = None

_TABLE = "assembly_motions"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        f"""UPDATE {_TABLE} SET round = substring(title FROM ' \\(tour ([0-9]{{1,3}})\\)$')::int,
        title = regexp_replace(title, ' \\(tour [0-9]{{1,3}}\\)$', '')
        WHERE round_after_id IS NOT NULL AND title ~ ' \\(tour [0-9]{{1,3}}\\)$'"""  # noqa: S608
    )


def downgrade() -> None:
    op.execute(f"UPDATE {_TABLE} SET title = left(title, 280) || ' (tour ' || round || ')' WHERE round > 1")  # noqa: S608
    op.drop_column(_TABLE, "round")
