"""The committee of experts: a directory beside all calls, and the opinions that its members are asked for."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base, key, refers

STATES = ("asked", "given", "declined", "conflict", "taken")
CHOICES = ("favourable", "reserved", "unfavourable", "none")


class Expert(Base):
    """Somebody who may be asked. `themes`, `countries`, `languages`: as a juror's; `most`: requests that may wait for
    them at once, None for any number; `away_since`: is asked nothing more."""

    __tablename__ = "experts"
    __table_args__ = (
        sa.CheckConstraint("most > 0", name="most"),
        sa.Index("uq_experts_email", sa.text("lower(email)"), unique=True, postgresql_where=sa.text("email <> ''")),
    )

    id: Mapped[uuid.UUID] = key()
    first_name: Mapped[str]
    last_name: Mapped[str]
    function: Mapped[str] = mapped_column(default="")
    structure: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    themes: Mapped[str] = mapped_column(default="")
    countries: Mapped[str] = mapped_column(default="")
    languages: Mapped[str] = mapped_column(default="")
    most: Mapped[int | None]
    away_since: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Opinion(Base):
    """What one expert was asked about one project, and says in words. It is no score and counts in none.

    `choice`: what it comes to, "" until it is given; "none": they say nothing for or against. `why`: why they decline,
    or what links them to the project.
    """

    __tablename__ = "opinions"
    __table_args__ = (
        sa.UniqueConstraint("expert_id", "project_id"),
        sa.CheckConstraint(f"state IN {STATES}", name="state"),
        sa.CheckConstraint(f"choice IN {('', *CHOICES)}", name="choice"),
        sa.CheckConstraint("(state = 'given') = (choice <> '')", name="given"),
        sa.CheckConstraint("state IN ('asked', 'taken') OR answered_at IS NOT NULL", name="answered"),
    )

    id: Mapped[uuid.UUID] = key()
    expert_id: Mapped[uuid.UUID] = refers("experts.id")
    project_id: Mapped[uuid.UUID] = refers("projects.id")
    state: Mapped[str] = mapped_column(default="asked")
    choice: Mapped[str] = mapped_column(default="")
    strengths: Mapped[str] = mapped_column(default="")
    weaknesses: Mapped[str] = mapped_column(default="")
    to_check: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
    due_on: Mapped[dt.date]
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[str]
    reminded_at: Mapped[dt.datetime | None]
    answered_at: Mapped[dt.datetime | None]


class OpinionLink(Base):
    """A personal link to one request; only its hash is kept."""

    __tablename__ = "opinion_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    opinion_id: Mapped[uuid.UUID] = refers("opinions.id")
    issued_at: Mapped[dt.datetime]
