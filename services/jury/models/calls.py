"""A call, its grid, the projects it receives, the jurors who read them, and who must not read what."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db import naming_convention, new_id


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=naming_convention)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        dt.datetime: sa.DateTime(timezone=True),
        str: sa.Text,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[int]: ARRAY(sa.Integer),
    }


def key() -> Mapped[uuid.UUID]:
    return mapped_column(primary_key=True, default=new_id)


def refers(target: str) -> Mapped[uuid.UUID]:
    return mapped_column(sa.ForeignKey(target), index=True)


class Call(Base):
    """A call for projects. `rulebook` is versioned data; a round freezes the version it is scored under.

    Of kind "exercise" it is no call: it only holds the sample projects that a jury scores before its round, so that
    nothing which is asked of the true call can ever find them."""

    __tablename__ = "calls"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('tribune', 'funding', 'exercise')", name="kind"),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
    )

    id: Mapped[uuid.UUID] = key()
    kind: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    rulebook: Mapped[dict[str, Any]]
    rulebook_version: Mapped[int] = mapped_column(default=1)
    rulebook_hash: Mapped[str]
    organiser_name: Mapped[str]
    organiser_email: Mapped[str]
    created_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]

    @property
    def takes_applications(self) -> bool:
        """Whether it has a form: its rulebook says what goes with an application, and it closes on a day."""
        return self.closes_at is not None and "attachments" in self.rulebook


class Grid(Base):
    __tablename__ = "grids"
    __table_args__ = (sa.UniqueConstraint("call_id", "version"),)

    id: Mapped[uuid.UUID] = key()
    call_id: Mapped[uuid.UUID] = refers("calls.id")
    version: Mapped[int]
    created_at: Mapped[dt.datetime]


class Criterion(Base):
    """`levels`: [{value, label, evidence}], one per whole level from 0 to `max_level`. `section`: what begins with this
    criterion, {title, title_en, minimum}, see sections.py; None: nothing new. `title_en`: empty when there is none."""

    __tablename__ = "criteria"
    __table_args__ = (
        sa.UniqueConstraint("grid_id", "position"),
        sa.CheckConstraint("weight > 0", name="weight"),
        sa.CheckConstraint("max_level > 0", name="max_level"),
        sa.CheckConstraint("minimum BETWEEN 0 AND max_level", name="minimum"),
    )

    id: Mapped[uuid.UUID] = key()
    grid_id: Mapped[uuid.UUID] = refers("grids.id")
    position: Mapped[int]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="", server_default="")
    help: Mapped[str]
    weight: Mapped[int]
    max_level: Mapped[int]
    minimum: Mapped[int | None]
    comment_required_for: Mapped[list[int]]
    levels: Mapped[list[dict[str, Any]]]
    section: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Project(Base):
    """What is pitched or filed. `country`: ISO 3166-1 or 3166-2; `department`: text, "09" or "2A"; `language`: what it
    is written in, or told on the stage, as ISO 639-1, empty for French. `withdrawn_at`: it gave up before the jury's
    decision."""

    __tablename__ = "projects"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "number"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_why = '')", name="withdrawn"),
    )

    id: Mapped[uuid.UUID] = key()
    call_id: Mapped[uuid.UUID] = refers("calls.id")
    number: Mapped[int]
    title: Mapped[str]
    structure: Mapped[str]
    bearer_first_name: Mapped[str]
    bearer_last_name: Mapped[str]
    bearer_email: Mapped[str]
    country: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="", server_default="")
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[dt.datetime]


class Juror(Base):
    """A member of the jury of one call.

    The row is the lock that serialises the tablets of one juror. `version` grows with everything that changes
    what the juror's tablet or the chair's board shows about this juror. `themes`, `countries` and `languages`: what
    they know, as words apart by commas; who says no language reads French. `least` and `most`: readings they ask
    for; `away_since`: reads nothing more.
    """

    __tablename__ = "jurors"
    __table_args__ = (sa.CheckConstraint("least >= 0 AND (most IS NULL OR most >= least)", name="load"),)

    id: Mapped[uuid.UUID] = key()
    call_id: Mapped[uuid.UUID] = refers("calls.id")
    first_name: Mapped[str]
    last_name: Mapped[str]
    function: Mapped[str] = mapped_column(default="")
    structure: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(default="")
    chairs: Mapped[bool] = mapped_column(default=False)
    themes: Mapped[str] = mapped_column(default="", server_default="")
    countries: Mapped[str] = mapped_column(default="", server_default="")
    languages: Mapped[str] = mapped_column(default="", server_default="")
    college: Mapped[str] = mapped_column(default="", server_default="")
    least: Mapped[int] = mapped_column(default=0, server_default="0")
    most: Mapped[int | None]
    away_since: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    epoch: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[dt.datetime]


class Recusal(Base):
    """A juror who must not read a project. Lifted, never deleted: the minutes tell both."""

    __tablename__ = "recusals"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('direct', 'indirect')", name="kind"),
        sa.Index(
            "uq_recusals_standing",
            "juror_id",
            "project_id",
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = key()
    juror_id: Mapped[uuid.UUID] = refers("jurors.id")
    project_id: Mapped[uuid.UUID] = refers("projects.id")
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[dt.datetime]
    declared_by: Mapped[str]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by: Mapped[str | None]
