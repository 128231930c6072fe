"""Every version of a rulebook is kept, and never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0125_rulebooks"
down_revision = "jury_0001_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rulebook_versions",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rulebook_versions_call_id")),
        sa.PrimaryKeyConstraint("call_id", "version", name=op.f("pk_rulebook_versions")),
    )
    op.execute(
        """
        INSERT INTO rulebook_versions (call_id, version, content, content_hash, closes_at, made_at, made_by)
        SELECT id, rulebook_version, rulebook, rulebook_hash, closes_at, created_at, 'migration' FROM calls
        """
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER rulebook_versions_are_final BEFORE UPDATE OR DELETE ON rulebook_versions
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_table("rulebook_versions")
    op.execute("DROP FUNCTION refuse_change()")
