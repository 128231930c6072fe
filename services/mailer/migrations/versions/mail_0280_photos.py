"""A photo beside an article: drawn anew by us, described and credited, at an address that nobody guesses."""

import sqlalchemy as sa
from alembic import op

revision = "mail_0280_photos"
down_revision = "mail_0260_letter_clicks"
branch_labels = None
depends_on = None

_DESCRIBED = "photo_id IS NULL OR (btrim(photo_alt) <> '' AND btrim(credit) <> '')"


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("contributor_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_photos_has_a_size")),
        sa.CheckConstraint("octet_length(body) <= 400000", name=op.f("ck_photos_bearable")),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["contributors.id"],
            name=op.f("fk_photos_contributor_id_contributors"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("name", name=op.f("uq_photos_name")),
    )
    for table in ("items", "contributions"):
        op.add_column(table, sa.Column("photo_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("photo_alt", sa.String(length=250), server_default="", nullable=False))
        op.create_foreign_key(op.f(f"fk_{table}_photo_id_photos"), table, "photos", ["photo_id"], ["id"])
        op.create_check_constraint(op.f(f"ck_{table}_photo_is_described"), table, _DESCRIBED)


def downgrade() -> None:
    for table in ("contributions", "items"):
        op.drop_constraint(op.f(f"ck_{table}_photo_is_described"), table)
        op.drop_column(table, "photo_alt")
        op.drop_column(table, "photo_id")
    op.drop_table("photos")
