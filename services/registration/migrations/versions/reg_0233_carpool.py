"""Cars shared: trips, messages through us, who is stopped, who travels with whom."""

import sqlalchemy as sa
from alembic import op

revision = "reg_0233_carpool"
down_revision = "reg_0232_people_files"
branch_labels = None
depends_on = None

_NOW = sa.DateTime(timezone=True)


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], ["registrations.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "carpool_trips",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("town", sa.String(length=80), nullable=False),
        sa.Column("km", sa.Integer(), nullable=True),
        sa.Column("at", _NOW, nullable=False),
        sa.CheckConstraint("kind IN ('offer', 'seek')", name=op.f("ck_carpool_trips_kind_known")),
        sa.CheckConstraint("seats BETWEEN 1 AND 8", name=op.f("ck_carpool_trips_seats_of_a_car")),
        sa.CheckConstraint("km IS NULL OR km BETWEEN 1 AND 2000", name=op.f("ck_carpool_trips_km_by_road")),
        _person("carpool_trips", "registration_id"),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_carpool_trips")),
    )
    op.create_table(
        "carpool_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("at", _NOW, nullable=False),
        sa.Column("reported_at", _NOW, nullable=True),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_carpool_notes_to_somebody_else")),
        _person("carpool_notes", "from_id"),
        _person("carpool_notes", "to_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carpool_notes")),
    )
    op.create_index(op.f("ix_carpool_notes_from_id"), "carpool_notes", ["from_id"], unique=False)
    op.create_index(op.f("ix_carpool_notes_to_id"), "carpool_notes", ["to_id"], unique=False)
    op.create_table(
        "carpool_blocks",
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        _person("carpool_blocks", "by_id"),
        _person("carpool_blocks", "about_id"),
        sa.PrimaryKeyConstraint("by_id", "about_id", name=op.f("pk_carpool_blocks")),
    )
    op.create_index(op.f("ix_carpool_blocks_about_id"), "carpool_blocks", ["about_id"], unique=False)
    op.create_table(
        "carpool_rides",
        sa.Column("passenger_id", sa.Uuid(), nullable=False),
        sa.Column("driver_id", sa.Uuid(), nullable=False),
        sa.Column("km", sa.Integer(), nullable=True),
        sa.Column("at", _NOW, nullable=False),
        sa.CheckConstraint("driver_id <> passenger_id", name=op.f("ck_carpool_rides_two_people")),
        _person("carpool_rides", "passenger_id"),
        _person("carpool_rides", "driver_id"),
        sa.PrimaryKeyConstraint("passenger_id", name=op.f("pk_carpool_rides")),
    )
    op.create_index(op.f("ix_carpool_rides_driver_id"), "carpool_rides", ["driver_id"], unique=False)


def downgrade() -> None:
    for table in ("carpool_rides", "carpool_blocks", "carpool_notes", "carpool_trips"):
        op.drop_table(table)
