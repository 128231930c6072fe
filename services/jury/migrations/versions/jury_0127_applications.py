"""Applications: drafts, their links, versions and papers; what was filed never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0127_applications"
down_revision = "jury_0122_feedback"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=True),
        sa.Column("filed", JSONB, nullable=True),
        sa.Column("filed_hash", sa.Text(), nullable=True),
        sa.Column("filed_at", WHEN, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("complete_until", WHEN, nullable=True),
        sa.Column("supplement", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("updated_at", WHEN, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'filed', 'to_complete', 'accepted', 'not_eligible')", name=op.f("ck_applications_state")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (filed_at IS NULL) AND (filed_at IS NULL) = (filed_hash IS NULL) "
            "AND (filed_at IS NULL) = (rulebook_version IS NULL)",
            name=op.f("ck_applications_filed"),
        ),
        sa.CheckConstraint("(state = 'accepted') = (project_id IS NOT NULL)", name=op.f("ck_applications_accepted")),
        sa.CheckConstraint(
            "state <> 'to_complete' OR complete_until IS NOT NULL", name=op.f("ck_applications_to_complete")
        ),
        sa.CheckConstraint("state <> 'not_eligible' OR article <> ''", name=op.f("ck_applications_not_eligible")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_applications_call_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_applications_project_id")),
        sa.ForeignKeyConstraint(
            ["call_id", "rulebook_version"],
            ["rulebook_versions.call_id", "rulebook_versions.version"],
            name=op.f("fk_applications_call_id_rulebook_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("call_id", "reference", name=op.f("uq_applications_call_id_reference")),
        sa.UniqueConstraint("project_id", name=op.f("uq_applications_project_id")),
    )
    op.create_index(op.f("ix_applications_call_id"), "applications", ["call_id"], unique=False)
    op.create_table(
        "application_links",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_links_application_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_application_links")),
    )
    op.create_index(op.f("ix_application_links_application_id"), "application_links", ["application_id"], unique=False)
    op.create_table(
        "application_versions",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("saved_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_application_versions_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "version", name=op.f("pk_application_versions")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("added_at", WHEN, nullable=False),
        sa.Column("removed_at", WHEN, nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachments_size")),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_attachments_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_application_id"), "attachments", ["application_id"], unique=False)
    op.execute(
        """
        CREATE TRIGGER what_was_filed_is_final BEFORE UPDATE ON applications FOR EACH ROW
        WHEN (OLD.filed_at IS NOT NULL AND
              (OLD.filed, OLD.filed_hash, OLD.filed_at, OLD.rulebook_version, OLD.call_id, OLD.content)
              IS DISTINCT FROM
              (NEW.filed, NEW.filed_hash, NEW.filed_at, NEW.rulebook_version, NEW.call_id, NEW.content))
        EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    for table in ("attachments", "application_versions", "application_links", "applications"):
        op.drop_table(table)
