"""The pot of a round and its awards; a trigger keeps their sum inside the envelope."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0120_awards"
down_revision = "jury_0125_rulebooks"
branch_labels = None
depends_on = None

COUNT = """
CREATE FUNCTION count_award() RETURNS trigger LANGUAGE plpgsql AS $$
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
TRIGGER = """
CREATE TRIGGER count_award AFTER INSERT OR UPDATE OR DELETE ON awards FOR EACH ROW EXECUTE FUNCTION count_award()
"""


def upgrade() -> None:
    op.create_table(
        "pots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("envelope", sa.BigInteger(), nullable=False),
        sa.Column("committed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("envelope >= 0", name=op.f("ck_pots_envelope")),
        sa.CheckConstraint("committed BETWEEN 0 AND envelope", name=op.f("ck_pots_committed")),
        sa.CheckConstraint("rule IN ('stop', 'skip')", name=op.f("ck_pots_rule")),
        sa.CheckConstraint("years BETWEEN 1 AND 3", name=op.f("ck_pots_years")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_pots_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pots")),
        sa.UniqueConstraint("round_id", name=op.f("uq_pots_round_id")),
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pot_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("year_1", sa.BigInteger(), nullable=False),
        sa.Column("year_2", sa.BigInteger(), nullable=False),
        sa.Column("year_3", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'awarded', 'offered', 'reserve', 'withdrawn', 'refused')",
            name=op.f("ck_awards_state"),
        ),
        sa.CheckConstraint("asked > 0", name=op.f("ck_awards_asked")),
        sa.CheckConstraint("minimum BETWEEN 1 AND asked", name=op.f("ck_awards_minimum")),
        sa.CheckConstraint("amount BETWEEN 0 AND asked", name=op.f("ck_awards_amount")),
        sa.CheckConstraint("amount = 0 OR amount >= coalesce(minimum, asked)", name=op.f("ck_awards_enough")),
        sa.CheckConstraint("(amount > 0) = (state IN ('awarded', 'offered'))", name=op.f("ck_awards_held")),
        sa.CheckConstraint(
            "year_1 >= 0 AND year_2 >= 0 AND year_3 >= 0 AND year_1 + year_2 + year_3 = amount",
            name=op.f("ck_awards_instalments"),
        ),
        sa.ForeignKeyConstraint(["pot_id"], ["pots.id"], name=op.f("fk_awards_pot_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_awards_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("pot_id", "project_id", name=op.f("uq_awards_pot_id_project_id")),
    )
    op.create_index(op.f("ix_awards_pot_id"), "awards", ["pot_id"], unique=False)
    op.create_index(op.f("ix_awards_project_id"), "awards", ["project_id"], unique=False)
    op.execute(COUNT)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER count_award ON awards")
    op.execute("DROP FUNCTION count_award()")
    op.drop_table("awards")
    op.drop_table("pots")
