"""An election may be of the whole assembly, and not of one college: a bureau, where the statutes have it elect one."""

from alembic import op

revision = "reg_0540_elections_of_all"
down_revision = "reg_0514_structure_marks"
branch_labels = None
depends_on = None

NAME = "ck_assembly_motions_election_has_seats"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "assembly_motions", type_="check")
    op.create_check_constraint(op.f(NAME), "assembly_motions", "kind <> 'election' OR seats > 0")


def downgrade() -> None:
    op.drop_constraint(op.f(NAME), "assembly_motions", type_="check")
    op.create_check_constraint(op.f(NAME), "assembly_motions", "kind <> 'election' OR (seats > 0 AND college <> '')")
