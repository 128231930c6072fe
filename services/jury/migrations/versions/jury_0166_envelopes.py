"""Several envelopes per round: each its own pot; awards that weigh a year at a time, or by whole units."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0166_envelopes"
down_revision = "jury_0173_public_vote"
branch_labels = None
depends_on = None

COUNT = """
CREATE OR REPLACE FUNCTION count_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.pot_id = OLD.pot_id THEN
    UPDATE pots SET committed = committed
      + CASE WHEN yearly THEN NEW.year_1 - OLD.year_1 ELSE NEW.amount - OLD.amount END WHERE id = NEW.pot_id;
  ELSE
    IF TG_OP <> 'INSERT' THEN
      UPDATE pots SET committed = committed - CASE WHEN yearly THEN OLD.year_1 ELSE OLD.amount END
        WHERE id = OLD.pot_id AND OLD.amount <> 0;
    END IF;
    IF TG_OP <> 'DELETE' THEN
      UPDATE pots SET committed = committed + CASE WHEN yearly THEN NEW.year_1 ELSE NEW.amount END
        WHERE id = NEW.pot_id AND NEW.amount <> 0;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.amount <> 0
     AND EXISTS (SELECT FROM pots WHERE id = NEW.pot_id AND NEW.amount % unit <> 0) THEN
    RAISE EXCEPTION 'the award is no whole number of units' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION count_award() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.amount <> 0 THEN
    UPDATE pots SET committed = committed - OLD.amount + CASE
      WHEN TG_OP = 'UPDATE' AND NEW.pot_id = OLD.pot_id THEN NEW.amount ELSE 0 END WHERE id = OLD.pot_id;
    IF TG_OP = 'UPDATE' AND NEW.pot_id = OLD.pot_id THEN RETURN NULL; END IF;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.amount <> 0 THEN
    UPDATE pots SET committed = committed + NEW.amount WHERE id = NEW.pot_id;
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column("pots", sa.Column("envelope_id", sa.Text(), server_default="", nullable=False))
    op.add_column("pots", sa.Column("yearly", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("pots", sa.Column("unit", sa.BigInteger(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_pots_unit"), "pots", "unit > 0")
    op.execute(
        "UPDATE pots SET envelope_id = coalesce(calls.rulebook -> 'envelopes' -> 0 ->> 'id', '') "
        "FROM rounds JOIN calls ON calls.id = rounds.call_id WHERE rounds.id = pots.round_id"
    )
    op.drop_constraint(op.f("uq_pots_round_id"), "pots", type_="unique")
    op.create_unique_constraint(op.f("uq_pots_round_id_envelope_id"), "pots", ["round_id", "envelope_id"])
    op.create_index("uq_awards_held", "awards", ["project_id"], unique=True, postgresql_where=sa.text("amount > 0"))
    op.execute(COUNT)


def downgrade() -> None:
    op.execute(BEFORE)
    op.drop_index("uq_awards_held", "awards")
    op.drop_constraint(op.f("uq_pots_round_id_envelope_id"), "pots", type_="unique")
    op.create_unique_constraint(op.f("uq_pots_round_id"), "pots", ["round_id"])
    op.drop_constraint(op.f("ck_pots_unit"), "pots", type_="check")
    for name in ("unit", "yearly", "envelope_id"):
        op.drop_column("pots", name)
