"""Expand: who was seen in which workshop; the day of who was seen there counts without a desk.

An earlier version still writes days with a desk, which the looser constraint takes; it never reads the new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "reg_0642_presence_in_workshops"
down_revision = "reg_0633_framed_by"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _by(table: str) -> list[sa.Column | sa.ForeignKeyConstraint]:
    found: list[sa.Column | sa.ForeignKeyConstraint] = []
    for column, target in (("desk_id", "desks"), ("host_link_id", "host_links")):
        found += [
            sa.Column(column, sa.Uuid(), nullable=True),
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"),
        ]
    return found


def _of_whom(table: str) -> list[sa.Column | sa.ForeignKeyConstraint]:
    return [
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f(f"fk_{table}_registration_id"), ondelete="CASCADE"
        ),
    ]


def upgrade() -> None:
    op.drop_constraint(op.f("ck_attendances_present_by_a_desk"), "attendances", type_="check")
    op.create_check_constraint(op.f("ck_attendances_present_since"), "attendances", "NOT present OR at IS NOT NULL")
    seen = "workshop_attendances"
    op.create_table(
        seen,
        *_of_whom(seen),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", _INSTANT, nullable=True),
        *_by(seen),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f(f"fk_{seen}_slot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workshop_id", "slot_id"],
            ["workshops.id", "workshops.slot_id"],
            name=op.f(f"fk_{seen}_workshop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", "slot_id", name=op.f(f"pk_{seen}")),
        sa.CheckConstraint("workshop_id IS NULL OR at IS NOT NULL", name=op.f(f"ck_{seen}_seen_since")),
        sa.CheckConstraint("version >= 0", name=op.f(f"ck_{seen}_version_not_negative")),
    )
    op.create_index(op.f(f"ix_{seen}_workshop_id"), seen, ["workshop_id"])
    taps = "workshop_operations"
    op.create_table(
        taps,
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_whom(taps),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        *_by(taps),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_in", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("other_title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("other_at", _INSTANT, nullable=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshops.id"], name=op.f(f"fk_{taps}_workshop_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{taps}")),
        sa.CheckConstraint("outcome IN ('applied', 'conflict')", name=op.f(f"ck_{taps}_outcome_known")),
        sa.CheckConstraint("num_nonnulls(desk_id, host_link_id) = 1", name=op.f(f"ck_{taps}_by_one")),
    )
    op.create_index(op.f(f"ix_{taps}_registration_id"), taps, ["registration_id"])
    op.create_index(op.f(f"ix_{taps}_workshop_id"), taps, ["workshop_id"])


def downgrade() -> None:
    op.drop_table("workshop_operations")
    op.drop_table("workshop_attendances")
    op.drop_constraint(op.f("ck_attendances_present_since"), "attendances", type_="check")
    # Days without a desk may stand there by now; the earlier version reads them, and writes none.
    op.execute(
        "ALTER TABLE attendances ADD CONSTRAINT ck_attendances_present_by_a_desk"
        " CHECK (NOT present OR (desk_id IS NOT NULL AND at IS NOT NULL)) NOT VALID"
    )
