"""Step 4 of nine: skills that a structure lends, projects that lack some, and who helps whom. Next: announce/.

About structures and projects alone: no person is named.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class SkillOffer(Base):
    """Days of skilled people that a structure lends. goals: ODD; zones: where they can go, empty: anywhere."""

    __tablename__ = "skill_offers"
    __table_args__ = (
        sa.CheckConstraint("days BETWEEN 1 AND 999", name="days"),
        sa.CheckConstraint("btrim(skills) <> ''", name="said"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    structure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"), index=True)
    skills: Mapped[str] = mapped_column(sa.String(300))
    goals: Mapped[list[str]] = mapped_column(ARRAY(sa.String(2)))
    zones: Mapped[list[str]] = mapped_column(ARRAY(sa.String(6)))
    days: Mapped[int]
    until: Mapped[dt.date | None]
    """The last day on which it stands; None: until it is withdrawn."""
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT)

    def stands(self, day: dt.date) -> bool:
        return self.withdrawn_at is None and (self.until is None or self.until >= day)


class SkillNeed(Base):
    """What a project lacks, as the jury told of its application last; gone_at: it lacks nothing, or was withdrawn."""

    __tablename__ = "skill_needs"

    application_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    structure: Mapped[str] = mapped_column(sa.String(200))
    title: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.String(200))
    """The title of the call."""
    skills: Mapped[str] = mapped_column(sa.String(400))
    goals: Mapped[list[str]] = mapped_column(ARRAY(sa.String(2)))
    place: Mapped[str] = mapped_column(sa.String(6))
    days: Mapped[int | None]
    told_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    gone_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class SkillMatch(Base):
    """A structure helps a project: days that were agreed, and how many of them are done."""

    __tablename__ = "skill_matches"
    __table_args__ = (
        sa.UniqueConstraint("offer_id", "application_id"),
        sa.CheckConstraint("days > 0", name="days"),
        sa.CheckConstraint("done BETWEEN 0 AND days", name="done"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("skill_offers.id", ondelete="CASCADE"))
    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("skill_needs.application_id"), index=True)
    days: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    agreed_on: Mapped[dt.date]
