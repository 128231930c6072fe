"""The room on the day: running order, clock, who is there, lots that were drawn."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers


class Stage(Base):
    """The clock of a round. `seconds_left`: while it is paused. `screen_hash`: of the capability in the address of the
    projected view; None: there is none."""

    __tablename__ = "stages"
    __table_args__ = (
        sa.CheckConstraint("pitch_seconds > 0 AND questions_seconds >= 0 AND pause_seconds >= 0", name="seconds"),
        sa.CheckConstraint("phase IN ('idle', 'pitch', 'questions')", name="phase"),
        sa.CheckConstraint("(phase = 'idle') = (project_id IS NULL)", name="project"),
        sa.CheckConstraint("phase = 'idle' OR (ends_at IS NULL) <> (seconds_left IS NULL)", name="clock"),
    )

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    starts_at: Mapped[dt.datetime]
    pitch_seconds: Mapped[int]
    questions_seconds: Mapped[int]
    pause_seconds: Mapped[int]
    phase: Mapped[str] = mapped_column(default="idle")
    project_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("projects.id"))
    ends_at: Mapped[dt.datetime | None]
    seconds_left: Mapped[int | None]
    screen_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), unique=True)


class Pitch(Base):
    """A project's place in the running order, and when it really was on."""

    __tablename__ = "pitches"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "position", deferrable=True, initially="DEFERRED"),
        sa.CheckConstraint("position > 0", name="position"),
        sa.CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name="ended"),
    )

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    position: Mapped[int]
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class ToldSlot(Base):
    """What the bearer of a project, and the programme, were told last. `sequence`: how many times before, with
    what was taken back.
    `taken_back_at`: the project gave up since; the row stays, for a calendar to take the next slot for a newer one."""

    __tablename__ = "told_slots"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="ends"),)

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("projects.id"), primary_key=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    place: Mapped[str]
    sequence: Mapped[int]
    told_at: Mapped[dt.datetime]
    taken_back_at: Mapped[dt.datetime | None]


class Presence(Base):
    """What the secretary noted of a juror; the newest row counts, the others tell when it changed."""

    __tablename__ = "presences"
    __table_args__ = (sa.CheckConstraint("state IN ('present', 'excused', 'left')", name="state"),)

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    state: Mapped[str]
    noted_at: Mapped[dt.datetime]
    noted_by: Mapped[str]


class Arrival(Base):
    """Someone whom the desk of an event let in, known by the hash of an address only."""

    __tablename__ = "arrivals"

    registration_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID]
    email_hash: Mapped[str] = mapped_column(index=True)
    at: Mapped[dt.datetime]
    undone: Mapped[bool]


class Gathering(Base):
    """An event of registration, as its newest fact tells it: the choices for where a round is held."""

    __tablename__ = "gatherings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    place: Mapped[str]
    called_off: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Draw(Base):
    """Lots drawn between equal projects: once per group. `projects`: in the order of their lots."""

    __tablename__ = "draws"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "tied"),
        sa.CheckConstraint("cardinality(projects) > 1", name="several"),
        sa.CheckConstraint("length(btrim(reason)) >= 10", name="reason"),
    )

    id: Mapped[uuid.UUID] = key()
    round_id: Mapped[uuid.UUID] = refers("rounds.id")
    tied: Mapped[str]
    projects: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid))
    seed: Mapped[str]
    reason: Mapped[str]
    drawn_at: Mapped[dt.datetime]
    drawn_by: Mapped[str]
