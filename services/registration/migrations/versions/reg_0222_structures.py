"""Structures of their own, made from what people wrote so far."""

import datetime as dt
import unicodedata
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reg_0222_structures"
down_revision = "reg_0216_groups"
branch_labels = None
depends_on = None


def fold(text: str) -> str:
    """As rules/people.py does today."""
    spread = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    bare = "".join(char for char in unicodedata.normalize("NFKD", spread) if not unicodedata.combining(char))
    return " ".join(bare.split())[:400]


def upgrade() -> None:
    op.create_table(
        "structures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name_key <> ''", name=op.f("ck_structures_named")),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_structures_not_into_itself")),
        sa.ForeignKeyConstraint(["merged_into"], ["structures.id"], name=op.f("fk_structures_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structures")),
    )
    op.create_index("ix_structures_name_key", "structures", ["name_key"], unique=False)
    op.create_index(op.f("ix_structures_merged_into"), "structures", ["merged_into"], unique=False)
    op.create_index(
        "uq_structures_name",
        "structures",
        ["name_key"],
        unique=True,
        postgresql_where=sa.text("merged_into IS NULL"),
    )
    op.create_table(
        "structure_types",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("structure_id", sa.Uuid(), nullable=False),
        sa.Column("actor_type", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_structure_types_until_after_since")),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.id"], name=op.f("fk_structure_types_structure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure_types")),
    )
    op.create_index(op.f("ix_structure_types_structure_id"), "structure_types", ["structure_id"], unique=False)
    op.create_index(
        "uq_structure_types_now",
        "structure_types",
        ["structure_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "structure_merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("who", sa.String(length=254), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["structures.id"], name=op.f("fk_structure_merges_kept_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["gone_id"], ["structures.id"], name=op.f("fk_structure_merges_gone_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_structure_merges")),
    )
    op.create_index(op.f("ix_structure_merges_kept_id"), "structure_merges", ["kept_id"], unique=False)
    op.create_index(op.f("ix_structure_merges_gone_id"), "structure_merges", ["gone_id"], unique=False)
    op.add_column("registrations", sa.Column("structure_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_registrations_structure_id"), "registrations", "structures", ["structure_id"], ["id"]
    )
    op.create_index(op.f("ix_registrations_structure_id"), "registrations", ["structure_id"], unique=False)
    op.create_index(
        "ix_registrations_unsettled",
        "registrations",
        ["registered_at"],
        unique=False,
        postgresql_where=sa.text("structure <> '' AND structure_id IS NULL"),
    )
    _fill()


def _fill() -> None:
    """One structure for each name, compared without accents; its type is the one given most often."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT structure, actor_type, count(*), min(registered_at) FROM registrations WHERE structure <> '' "
            "AND actor_type <> 'other' GROUP BY structure, actor_type ORDER BY 3 DESC, structure, actor_type"
        )
    ).all()
    made: dict[str, uuid.UUID] = {}
    for name, actor_type, _count, first in rows:
        key = fold(name)
        if not key:
            continue
        if key not in made:
            made[key] = uuid.uuid4()
            day = first.date() if isinstance(first, dt.datetime) else first
            connection.execute(
                sa.text("INSERT INTO structures (id, name, name_key, known, made_at) VALUES (:i, :n, :k, false, :a)"),
                {"i": made[key], "n": name, "k": key, "a": first},
            )
            connection.execute(
                sa.text("INSERT INTO structure_types (id, structure_id, actor_type, since) VALUES (:i, :s, :t, :d)"),
                {"i": uuid.uuid4(), "s": made[key], "t": actor_type, "d": day},
            )
        connection.execute(
            sa.text("UPDATE registrations SET structure_id = :s WHERE structure = :n AND actor_type = :t"),
            {"s": made[key], "n": name, "t": actor_type},
        )


def downgrade() -> None:
    op.drop_index("ix_registrations_unsettled", table_name="registrations")
    op.drop_index(op.f("ix_registrations_structure_id"), table_name="registrations")
    op.drop_constraint(op.f("fk_registrations_structure_id"), "registrations", type_="foreignkey")
    op.drop_column("registrations", "structure_id")
    op.drop_table("structure_merges")
    op.drop_table("structure_types")
    op.drop_table("structures")
