"""Skills that structures lend, projects that lack some, and who helps whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "reg_0472_skills"
down_revision = "reg_0471_support"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skill_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("skills", sa.String(300), nullable=False),
        sa.Column("goals", ARRAY(sa.String(2)), nullable=False),
        sa.Column("zones", ARRAY(sa.String(6)), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 999", name=op.f("ck_skill_offers_days")),
        sa.CheckConstraint("btrim(skills) <> ''", name=op.f("ck_skill_offers_said")),
        sa.ForeignKeyConstraint(
            ["structure_id"],
            ["structures.id"],
            name=op.f("fk_skill_offers_structure_id_structures"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_offers")),
    )
    op.create_index(op.f("ix_skill_offers_structure_id"), "skill_offers", ["structure_id"])
    op.create_table(
        "skill_needs",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("structure", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("skills", sa.String(400), nullable=False),
        sa.Column("goals", ARRAY(sa.String(2)), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_skill_needs")),
    )
    op.create_table(
        "skill_matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_skill_matches_days")),
        sa.CheckConstraint("done BETWEEN 0 AND days", name=op.f("ck_skill_matches_done")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["skill_offers.id"], name=op.f("fk_skill_matches_offer_id_skill_offers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["skill_needs.application_id"],
            name=op.f("fk_skill_matches_application_id_skill_needs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_matches")),
        sa.UniqueConstraint("offer_id", "application_id", name=op.f("uq_skill_matches_offer_id_application_id")),
    )
    op.create_index(op.f("ix_skill_matches_application_id"), "skill_matches", ["application_id"])


def downgrade() -> None:
    op.drop_table("skill_matches")
    op.drop_table("skill_needs")
    op.drop_table("skill_offers")
