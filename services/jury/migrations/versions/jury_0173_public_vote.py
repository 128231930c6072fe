"""The public's vote: slips, ballots and their count, apart from every score."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0173_public_vote"
down_revision = "jury_0165_followup"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
ONLY_OPEN = """
CREATE FUNCTION public_ballot_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'a ballot never changes' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM 1 FROM public_votes WHERE id = NEW.vote_id AND state = 'open' AND cardinality(NEW.projects) <= choices;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this vote takes no such ballot' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER public_ballot_while_open BEFORE INSERT OR UPDATE OR DELETE ON public_ballots
FOR EACH ROW EXECUTE FUNCTION public_ballot_while_open()
"""


def upgrade() -> None:
    op.create_table(
        "public_votes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("choices", sa.Integer(), nullable=False),
        sa.Column("prize", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=True),
        sa.Column("counts_hash", sa.Text(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("opened_at", AT, nullable=True),
        sa.Column("closed_at", AT, nullable=True),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_public_votes_state")),
        sa.CheckConstraint("choices BETWEEN 1 AND 20", name=op.f("ck_public_votes_choices")),
        sa.CheckConstraint("prize >= 0", name=op.f("ck_public_votes_prize")),
        sa.CheckConstraint(
            "(state = 'closed') = (counts IS NOT NULL) AND (counts IS NULL) = (counts_hash IS NULL) "
            "AND (counts IS NULL) = (seed IS NULL)",
            name=op.f("ck_public_votes_counted"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_public_votes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_votes")),
        sa.UniqueConstraint("round_id", name=op.f("uq_public_votes_round_id")),
    )
    op.create_table(
        "public_slips",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("vote_id", sa.Uuid(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["public_votes.id"], name=op.f("fk_public_slips_vote_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_public_slips")),
    )
    op.create_index(op.f("ix_public_slips_vote_id"), "public_slips", ["vote_id"], unique=False)
    op.create_table(
        "public_ballots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vote_id", sa.Uuid(), nullable=False),
        sa.Column("projects", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["public_votes.id"], name=op.f("fk_public_ballots_vote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_ballots")),
    )
    op.create_index(op.f("ix_public_ballots_vote_id"), "public_ballots", ["vote_id"], unique=False)
    op.execute(ONLY_OPEN)
    op.execute(TRIGGER)


def downgrade() -> None:
    for table in ("public_ballots", "public_slips", "public_votes"):
        op.drop_table(table)
    op.execute("DROP FUNCTION public_ballot_while_open")
