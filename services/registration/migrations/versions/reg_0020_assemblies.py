"""General assemblies: voters, the log of the room, votes, secret ballots, minutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0020_assemblies"
down_revision = "reg_0004_news_closed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assemblies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("organiser_name", sa.String(length=200), nullable=False),
        sa.Column("organiser_email", sa.String(length=254), nullable=False),
        sa.Column("statutes", postgresql.JSONB(), nullable=False),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        sa.Column("second_session", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("convened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", postgresql.JSONB(), nullable=True),
        sa.Column("minutes_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (minutes_hash IS NOT NULL)", name=op.f("ck_assemblies_closed_has_minutes")
        ),
        sa.CheckConstraint("state IN ('draft', 'convened', 'open', 'closed')", name=op.f("ck_assemblies_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assemblies")),
    )
    op.create_table(
        "assembly_minutes_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assembly_id"],
            ["assemblies.id"],
            name=op.f("fk_assembly_minutes_amendments_assembly_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_minutes_amendments")),
    )
    op.create_index(
        op.f("ix_assembly_minutes_amendments_assembly_id"), "assembly_minutes_amendments", ["assembly_id"], unique=False
    )
    op.create_table(
        "assembly_motions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("majority", sa.String(length=12), nullable=False),
        sa.Column("present_only", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("college", sa.String(length=40), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voices", postgresql.JSONB(), nullable=True),
        sa.Column("quorum", postgresql.JSONB(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=True),
        sa.Column("decision", postgresql.JSONB(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'decided') = (decision IS NOT NULL)", name=op.f("ck_assembly_motions_decided_has_decision")
        ),
        sa.CheckConstraint(
            "kind <> 'election' OR (seats > 0 AND college <> '')", name=op.f("ck_assembly_motions_election_has_seats")
        ),
        sa.CheckConstraint("kind IN ('point', 'motion', 'election')", name=op.f("ck_assembly_motions_kind_known")),
        sa.CheckConstraint(
            "majority IN ('simple', 'absolute', 'two_thirds')", name=op.f("ck_assembly_motions_majority_known")
        ),
        sa.CheckConstraint("state IN ('planned', 'open', 'decided')", name=op.f("ck_assembly_motions_state_known")),
        sa.ForeignKeyConstraint(
            ["assembly_id"], ["assemblies.id"], name=op.f("fk_assembly_motions_assembly_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_motions")),
        sa.UniqueConstraint("assembly_id", "position", name=op.f("uq_assembly_motions_assembly_id_position")),
    )
    op.create_index(op.f("ix_assembly_motions_assembly_id"), "assembly_motions", ["assembly_id"], unique=False)
    op.create_index(
        "uq_assembly_motions_open",
        "assembly_motions",
        ["assembly_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "assembly_voters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("structure", sa.String(length=200), nullable=False),
        sa.Column("representative", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("college", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["assembly_id"], ["assemblies.id"], name=op.f("fk_assembly_voters_assembly_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_voters")),
        sa.UniqueConstraint("assembly_id", "structure", name=op.f("uq_assembly_voters_assembly_id_structure")),
    )
    op.create_index(op.f("ix_assembly_voters_assembly_id"), "assembly_voters", ["assembly_id"], unique=False)
    op.create_table(
        "assembly_ballot_slips",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("motion_id", sa.Uuid(), nullable=False),
        sa.Column("college", sa.String(length=40), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["assembly_motions.id"], name=op.f("fk_assembly_ballot_slips_motion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_assembly_ballot_slips")),
    )
    op.create_index(op.f("ix_assembly_ballot_slips_motion_id"), "assembly_ballot_slips", ["motion_id"], unique=False)
    op.create_table(
        "assembly_ballots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("motion_id", sa.Uuid(), nullable=False),
        sa.Column("college", sa.String(length=40), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["assembly_motions.id"], name=op.f("fk_assembly_ballots_motion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_ballots")),
    )
    op.create_index(op.f("ix_assembly_ballots_motion_id"), "assembly_ballots", ["motion_id"], unique=False)
    op.create_table(
        "assembly_room_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("assembly_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("voter_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.CheckConstraint(
            "(what = 'proxy') = (holder_id IS NOT NULL)", name=op.f("ck_assembly_room_entries_proxy_has_holder")
        ),
        sa.CheckConstraint(
            "what IN ('arrived', 'left', 'proxy', 'proxy_withdrawn')", name=op.f("ck_assembly_room_entries_what_known")
        ),
        sa.CheckConstraint(
            "holder_id IS NULL OR holder_id <> voter_id", name=op.f("ck_assembly_room_entries_holder_is_another")
        ),
        sa.ForeignKeyConstraint(
            ["assembly_id"], ["assemblies.id"], name=op.f("fk_assembly_room_entries_assembly_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["assembly_voters.id"], name=op.f("fk_assembly_room_entries_holder_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["assembly_voters.id"], name=op.f("fk_assembly_room_entries_voter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assembly_room_entries")),
    )
    op.create_index(
        op.f("ix_assembly_room_entries_assembly_id"), "assembly_room_entries", ["assembly_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_assembly_room_entries_assembly_id"), table_name="assembly_room_entries")
    op.drop_table("assembly_room_entries")
    op.drop_index(op.f("ix_assembly_ballots_motion_id"), table_name="assembly_ballots")
    op.drop_table("assembly_ballots")
    op.drop_index(op.f("ix_assembly_ballot_slips_motion_id"), table_name="assembly_ballot_slips")
    op.drop_table("assembly_ballot_slips")
    op.drop_index(op.f("ix_assembly_voters_assembly_id"), table_name="assembly_voters")
    op.drop_table("assembly_voters")
    op.drop_index("uq_assembly_motions_open", table_name="assembly_motions", postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f("ix_assembly_motions_assembly_id"), table_name="assembly_motions")
    op.drop_table("assembly_motions")
    op.drop_index(op.f("ix_assembly_minutes_amendments_assembly_id"), table_name="assembly_minutes_amendments")
    op.drop_table("assembly_minutes_amendments")
    op.drop_table("assemblies")
