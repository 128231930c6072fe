"""Rows that a secret vote or a training's opinions leave behind are taken from the disk within a minute.

They tell in which order, and beside which slip or link, they were written. By itself PostgreSQL waits until a table has
fifty of them, which a room of voters never makes (decision 0683).
"""

from alembic import op

revision = "reg_0683_dead_rows"
down_revision = "reg_0676_lapsed_proxies"
branch_labels = None
depends_on = None

TABLES = ("assembly_ballots", "assembly_ballot_slips", "evaluations", "evaluation_invitations")
OPTIONS = ("autovacuum_vacuum_threshold", "autovacuum_vacuum_scale_factor")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{option} = 0' for option in OPTIONS)})")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(OPTIONS)})")
