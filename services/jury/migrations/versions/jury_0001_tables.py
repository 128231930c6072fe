"""The tables of the jury."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "jury_0001_tables"
down_revision = None
branch_labels = ("jury",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rulebook", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("rulebook_hash", sa.Text(), nullable=False),
        sa.Column("organiser_name", sa.Text(), nullable=False),
        sa.Column("organiser_email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('tribune', 'funding')", name=op.f("ck_calls_kind")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name=op.f("ck_calls_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_table(
        "grids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_grids_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
        sa.UniqueConstraint("call_id", "version", name=op.f("uq_grids_call_id_version")),
    )
    op.create_index(op.f("ix_grids_call_id"), "grids", ["call_id"], unique=False)
    op.create_table(
        "jurors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("chairs", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_jurors_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jurors")),
    )
    op.create_index(op.f("ix_jurors_call_id"), "jurors", ["call_id"], unique=False)
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("bearer_first_name", sa.Text(), nullable=False),
        sa.Column("bearer_last_name", sa.Text(), nullable=False),
        sa.Column("bearer_email", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_projects_number")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_projects_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_projects_call_id_number")),
    )
    op.create_index(op.f("ix_projects_call_id"), "projects", ["call_id"], unique=False)
    op.create_table(
        "rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("frozen", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("frozen_hash", sa.Text(), nullable=True),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state = 'draft' OR frozen_hash IS NOT NULL", name=op.f("ck_rounds_frozen")),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'signed')", name=op.f("ck_rounds_state")),
        sa.CheckConstraint("state NOT IN ('closed', 'signed') OR seed IS NOT NULL", name=op.f("ck_rounds_seed")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rounds_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_rounds_call_id_number")),
    )
    op.create_index(op.f("ix_rounds_call_id"), "rounds", ["call_id"], unique=False)
    op.create_table(
        "cell_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_cell_history_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_cell_history_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_cell_history_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_history")),
        sa.UniqueConstraint("juror_id", "operation_id", name=op.f("uq_cell_history_juror_id_operation_id")),
    )
    op.create_index(
        "uq_cell_history_version",
        "cell_history",
        ["round_id", "juror_id", "project_id", "field", "version"],
        unique=True,
        postgresql_where=sa.text("written"),
    )
    op.create_table(
        "cells",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_cells_version")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_cells_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_cells_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_cells_round_id")),
        sa.PrimaryKeyConstraint("round_id", "juror_id", "project_id", "field", name=op.f("pk_cells")),
    )
    op.create_table(
        "criteria",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("max_level", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=True),
        sa.Column("comment_required_for", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("max_level > 0", name=op.f("ck_criteria_max_level")),
        sa.CheckConstraint("minimum BETWEEN 0 AND max_level", name=op.f("ck_criteria_minimum")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_criteria_weight")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_criteria_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint("grid_id", "position", name=op.f("uq_criteria_grid_id_position")),
    )
    op.create_index(op.f("ix_criteria_grid_id"), "criteria", ["grid_id"], unique=False)
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fenced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fenced_by", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_devices_juror_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_devices_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("juror_id", "epoch", name=op.f("uq_devices_juror_id_epoch")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_devices_token_hash")),
    )
    op.create_index(op.f("ix_devices_juror_id"), "devices", ["juror_id"], unique=False)
    op.create_index(op.f("ix_devices_round_id"), "devices", ["round_id"], unique=False)
    op.create_index(
        "uq_devices_paired",
        "devices",
        ["round_id", "juror_id"],
        unique=True,
        postgresql_where=sa.text("fenced_at IS NULL"),
    )
    op.create_table(
        "late_tray",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("client_time", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name=op.f("ck_late_tray_state")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_late_tray_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_late_tray_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_late_tray_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_tray")),
        sa.UniqueConstraint("juror_id", "operation_id", name=op.f("uq_late_tray_juror_id_operation_id")),
    )
    op.create_index(op.f("ix_late_tray_round_id"), "late_tray", ["round_id"], unique=False)
    op.create_table(
        "minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_minutes_content_hash")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_minutes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("round_id", name=op.f("uq_minutes_round_id")),
    )
    op.create_table(
        "pairing_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_pairing_codes_juror_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_pairing_codes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_pairing_codes_code_hash")),
    )
    op.create_index(op.f("ix_pairing_codes_juror_id"), "pairing_codes", ["juror_id"], unique=False)
    op.create_index(op.f("ix_pairing_codes_round_id"), "pairing_codes", ["round_id"], unique=False)
    op.create_table(
        "recusals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('direct', 'indirect')", name=op.f("ck_recusals_kind")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_recusals_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_recusals_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
    )
    op.create_index(op.f("ix_recusals_juror_id"), "recusals", ["juror_id"], unique=False)
    op.create_index(op.f("ix_recusals_project_id"), "recusals", ["project_id"], unique=False)
    op.create_index(
        "uq_recusals_standing",
        "recusals",
        ["juror_id", "project_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "operations",
        sa.Column("juror_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("sent", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("client_time", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('applied', 'conflict', 'refused', 'late')", name=op.f("ck_operations_outcome")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_operations_device_id")),
        sa.ForeignKeyConstraint(["juror_id"], ["jurors.id"], name=op.f("fk_operations_juror_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_operations_project_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_operations_round_id")),
        sa.PrimaryKeyConstraint("juror_id", "id", name=op.f("pk_operations")),
    )
    op.create_index(op.f("ix_operations_round_id"), "operations", ["round_id"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("minutes_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_signatures_minutes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
    )
    op.create_index(op.f("ix_signatures_minutes_id"), "signatures", ["minutes_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_signatures_minutes_id"), table_name="signatures")
    op.drop_table("signatures")
    op.drop_index(op.f("ix_operations_round_id"), table_name="operations")
    op.drop_table("operations")
    op.drop_index("uq_recusals_standing", table_name="recusals", postgresql_where=sa.text("lifted_at IS NULL"))
    op.drop_index(op.f("ix_recusals_project_id"), table_name="recusals")
    op.drop_index(op.f("ix_recusals_juror_id"), table_name="recusals")
    op.drop_table("recusals")
    op.drop_index(op.f("ix_pairing_codes_round_id"), table_name="pairing_codes")
    op.drop_index(op.f("ix_pairing_codes_juror_id"), table_name="pairing_codes")
    op.drop_table("pairing_codes")
    op.drop_table("minutes")
    op.drop_index(op.f("ix_late_tray_round_id"), table_name="late_tray")
    op.drop_table("late_tray")
    op.drop_index("uq_devices_paired", table_name="devices", postgresql_where=sa.text("fenced_at IS NULL"))
    op.drop_index(op.f("ix_devices_round_id"), table_name="devices")
    op.drop_index(op.f("ix_devices_juror_id"), table_name="devices")
    op.drop_table("devices")
    op.drop_index(op.f("ix_criteria_grid_id"), table_name="criteria")
    op.drop_table("criteria")
    op.drop_table("cells")
    op.drop_index("uq_cell_history_version", table_name="cell_history", postgresql_where=sa.text("written"))
    op.drop_table("cell_history")
    op.drop_index(op.f("ix_rounds_call_id"), table_name="rounds")
    op.drop_table("rounds")
    op.drop_index(op.f("ix_projects_call_id"), table_name="projects")
    op.drop_table("projects")
    op.drop_index(op.f("ix_jurors_call_id"), table_name="jurors")
    op.drop_table("jurors")
    op.drop_index(op.f("ix_grids_call_id"), table_name="grids")
    op.drop_table("grids")
    op.drop_table("calls")
