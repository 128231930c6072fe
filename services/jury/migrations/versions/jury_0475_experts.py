"""The committee of experts and the opinions that it gives."""

import sqlalchemy as sa
from alembic import op

revision = "jury_0475_experts"
down_revision = "jury_0474_tandems"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "experts",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in (
                "first_name",
                "last_name",
                "function",
                "structure",
                "email",
                "themes",
                "countries",
                "languages",
            )
        ),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("away_since", WHEN, nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.CheckConstraint("most > 0", name=op.f("ck_experts_most")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experts")),
    )
    op.create_index(
        "uq_experts_email", "experts", [sa.text("lower(email)")], unique=True, postgresql_where=sa.text("email <> ''")
    )
    op.create_table(
        "opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("state", "choice", "strengths", "weaknesses", "to_check", "why")
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", WHEN, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("reminded_at", WHEN, nullable=True),
        sa.Column("answered_at", WHEN, nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'given', 'declined', 'conflict', 'taken')", name=op.f("ck_opinions_state")
        ),
        sa.CheckConstraint(
            "choice IN ('', 'favourable', 'reserved', 'unfavourable', 'none')", name=op.f("ck_opinions_choice")
        ),
        sa.CheckConstraint("(state = 'given') = (choice <> '')", name=op.f("ck_opinions_given")),
        sa.CheckConstraint("state IN ('asked', 'taken') OR answered_at IS NOT NULL", name=op.f("ck_opinions_answered")),
        sa.ForeignKeyConstraint(["expert_id"], ["experts.id"], name=op.f("fk_opinions_expert_id_experts")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_opinions_project_id_projects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        sa.UniqueConstraint("expert_id", "project_id", name=op.f("uq_opinions_expert_id_project_id")),
    )
    op.create_index(op.f("ix_opinions_expert_id"), "opinions", ["expert_id"])
    op.create_index(op.f("ix_opinions_project_id"), "opinions", ["project_id"])
    op.create_table(
        "opinion_links",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("opinion_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinions.id"], name=op.f("fk_opinion_links_opinion_id_opinions")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_opinion_links")),
    )
    op.create_index(op.f("ix_opinion_links_opinion_id"), "opinion_links", ["opinion_id"])


def downgrade() -> None:
    for table in ("opinion_links", "opinions", "experts"):
        op.drop_table(table)
