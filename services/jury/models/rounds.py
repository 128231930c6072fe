"""A round of scoring, and the tablets that take part in it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Round(Base):
    """`frozen`: criteria and rulebook as they were at the opening; `frozen_hash`: their SHA-256, hex.

    `version` grows with what changes for everyone in the round; what concerns one juror counts on the juror.
    `seed` decides what remains tied: empty from the closing until lots are drawn. `assigned_at`: from then on each
    juror reads what `readings` says, found again from `assignment_seed`, `per_project` and `per_juror`.
    `blind`: tablets do not tell who
    bears a project. `shows_others`: a juror may see the others' scores of a project once their own sheet is complete.
    `read_by`: the last day for reading, as the jurors are told; closing the round is what ends it.
    `gathering_id`: the event whose desk says who is in the room; None: no desk does.
    `rehearses`: the round that this one is the calibration exercise of; it has no tablets nor ranking of its own.
    `chosen`: it is over what `round_projects` and `round_jurors` name; else over all of its call. `left_at`: the next
    round was made from it then; who gives up or is recused later still stands in this one. `choice`: why other
    projects went on than the best ones. `shows_former`: a juror sees what the round before gave a project once their
    own sheet of it is complete.
    """

    __tablename__ = "rounds"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "number"),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'signed')", name="state"),
        sa.CheckConstraint("state = 'draft' OR frozen_hash IS NOT NULL", name="frozen"),
        sa.CheckConstraint("state NOT IN ('closed', 'signed') OR seed IS NOT NULL", name="seed"),
        sa.CheckConstraint(
            "(assigned_at IS NULL) = (assignment_seed IS NULL) AND (assigned_at IS NULL) = (per_project IS NULL) "
            "AND (assigned_at IS NULL) = (per_juror IS NULL)",
            name="assigned",
        ),
        sa.CheckConstraint("per_project > 0 AND per_juror > 0", name="readings"),
        sa.CheckConstraint("chosen OR (number = 1 AND left_at IS NULL)", name="chosen"),
        sa.CheckConstraint("left_at IS NULL OR state IN ('closed', 'signed')", name="left"),
    )

    id: Mapped[uuid.UUID] = key()
    call_id: Mapped[uuid.UUID] = refers("calls.id")
    number: Mapped[int]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    frozen: Mapped[dict[str, Any] | None]
    frozen_hash: Mapped[str | None]
    seed: Mapped[str | None]
    version: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]
    blind: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    shows_others: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    per_project: Mapped[int | None]
    per_juror: Mapped[int | None]
    assignment_seed: Mapped[str | None]
    assigned_at: Mapped[dt.datetime | None]
    read_by: Mapped[dt.date | None]
    gathering_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("gatherings.id"), index=True)
    rehearses: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    chosen: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    left_at: Mapped[dt.datetime | None]
    choice: Mapped[str] = mapped_column(default="", server_default="")
    shows_former: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    def saw(self, at: dt.datetime | None) -> bool:
        """Whether what happened at that instant, if it did, was so in this round: not when it was left before."""
        return at is not None and (self.left_at is None or at <= self.left_at)


class RoundProject(Base):
    """A project that a chosen round is over."""

    __tablename__ = "round_projects"

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)


class RoundJuror(Base):
    """A member of the jury who sits in a chosen round."""

    __tablename__ = "round_jurors"

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    juror_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("jurors.id"), primary_key=True)


class PairingCode(Base):
    """A one-use code of 128 random bits, shown as a QR or `mailed` to the juror; only its SHA-256 is kept."""

    __tablename__ = "pairing_codes"

    id: Mapped[uuid.UUID] = key()
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    mailed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Device(Base):
    """One pairing of a tablet with a juror and a round. At most one per juror and round is not fenced.

    `device`: the identifier that the tablet made for itself. `epoch`: counts the pairings of the juror.
    """

    __tablename__ = "devices"
    __table_args__ = (
        sa.UniqueConstraint("juror_id", "epoch"),
        sa.UniqueConstraint("id", "juror_id"),
        sa.Index(
            "uq_devices_paired",
            "round_id",
            "juror_id",
            unique=True,
            postgresql_where=sa.text("fenced_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = key()
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    device: Mapped[uuid.UUID]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    epoch: Mapped[int]
    paired_at: Mapped[dt.datetime]
    fenced_at: Mapped[dt.datetime | None]
    fenced_by: Mapped[str | None]
    last_seen_at: Mapped[dt.datetime]
    touched_at: Mapped[dt.datetime | None]
    pending: Mapped[int] = mapped_column(default=0)
    beats: Mapped[int] = mapped_column(sa.BigInteger, default=0)
