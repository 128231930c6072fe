"""What tablets wrote: every operation once, the cells they add up to, and the history that replays to them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers

Value = JSONB(none_as_null=True)


class OperationLog(Base):
    """An operation that a tablet sent, with the answer it got: a replay gets the same one.

    The key holds the juror too, so nobody can read or block another's operation by sending its id.
    """

    __tablename__ = "operations"
    __table_args__ = (
        # The device proves the juror, and the round too: its own, or the exercise of it.
        sa.ForeignKeyConstraint(["device_id", "juror_id"], ["devices.id", "devices.juror_id"]),
        sa.CheckConstraint("outcome IN ('applied', 'conflict', 'refused', 'late')", name="outcome"),
    )

    juror_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    round_id: Mapped[uuid.UUID]
    device_id: Mapped[uuid.UUID]
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"))
    field: Mapped[str]
    sent: Mapped[Any] = mapped_column(Value, nullable=True)
    base_version: Mapped[int]
    counter: Mapped[int]
    client_time: Mapped[str]
    received_at: Mapped[dt.datetime]
    outcome: Mapped[str]
    version: Mapped[int]
    value: Mapped[Any] = mapped_column(Value, nullable=True)
    reason: Mapped[str | None]


class ScoreCell(Base):
    """The present value of one field of one sheet; `epoch` and `counter` are those of its last write."""

    __tablename__ = "cells"
    __table_args__ = (sa.CheckConstraint("version > 0", name="version"),)

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    juror_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jurors.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(Value, nullable=True)
    version: Mapped[int]
    epoch: Mapped[int]
    counter: Mapped[int]
    updated_at: Mapped[dt.datetime]


class CellHistory(Base):
    """Every value that reached a cell. `written` is False for the loser of a conflict between two tablets.

    It is written together with its cell, which refers to round, juror and project (see docs/decisions/0300).
    """

    __tablename__ = "cell_history"
    __table_args__ = (
        sa.Index(
            "uq_cell_history_version",
            "round_id",
            "juror_id",
            "project_id",
            "field",
            "version",
            unique=True,
            postgresql_where=sa.text("written"),
        ),
        sa.UniqueConstraint("juror_id", "operation_id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    round_id: Mapped[uuid.UUID]
    juror_id: Mapped[uuid.UUID]
    project_id: Mapped[uuid.UUID]
    field: Mapped[str]
    value: Mapped[Any] = mapped_column(Value, nullable=True)
    version: Mapped[int]
    written: Mapped[bool]
    operation_id: Mapped[uuid.UUID]
    epoch: Mapped[int]
    source: Mapped[str]
    at: Mapped[dt.datetime]


class LateEntry(Base):
    """An operation that arrived after the round was closed, waiting for the chair's word."""

    __tablename__ = "late_tray"
    __table_args__ = (
        sa.UniqueConstraint("juror_id", "operation_id"),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name="state"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    juror_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jurors.id"))
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"))
    field: Mapped[str]
    value: Mapped[Any] = mapped_column(Value, nullable=True)
    operation_id: Mapped[uuid.UUID]
    epoch: Mapped[int]
    counter: Mapped[int]
    client_time: Mapped[str]
    received_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None]
