"""A score is checked against five rows instead of ten: what another row proves is not proved again."""

from alembic import op

revision = "jury_0300_fewer_checks"
down_revision = "jury_0305_links"
branch_labels = None
depends_on = None

DROPPED = {
    "operations": ("device_id", "juror_id", "round_id"),
    "cell_history": ("juror_id", "project_id", "round_id"),
}


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_devices_id_juror_id"), "devices", ["id", "juror_id"])
    for table, columns in DROPPED.items():
        for column in columns:
            op.drop_constraint(op.f(f"fk_{table}_{column}"), table, type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_operations_device_id"), "operations", "devices", ["device_id", "juror_id"], ["id", "juror_id"]
    )
    op.drop_index(op.f("ix_operations_round_id"), table_name="operations")


def downgrade() -> None:
    op.create_index(op.f("ix_operations_round_id"), "operations", ["round_id"], unique=False)
    op.drop_constraint(op.f("fk_operations_device_id"), "operations", type_="foreignkey")
    for table, columns in DROPPED.items():
        for column in columns:
            target = f"{column.removesuffix('_id')}s"
            op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, target, [column], ["id"])
    op.drop_constraint(op.f("uq_devices_id_juror_id"), "devices", type_="unique")
