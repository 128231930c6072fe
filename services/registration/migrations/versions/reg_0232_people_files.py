"""Files of people, between the preview and the report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0232_people_files"
down_revision = "reg_0231_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_people_files_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_files")),
    )
    op.create_index(op.f("ix_people_files_event_id"), "people_files", ["event_id"], unique=False)
    op.create_table(
        "people_file_lines",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('new', 'known', 'twice', 'refused', 'confirmed', 'wait_listed')",
            name=op.f("ck_people_file_lines_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["people_files.id"], name=op.f("fk_people_file_lines_file_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_people_file_lines_registration_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("file_id", "line", name=op.f("pk_people_file_lines")),
    )
    op.create_index(
        op.f("ix_people_file_lines_registration_id"), "people_file_lines", ["registration_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("people_file_lines")
    op.drop_table("people_files")
