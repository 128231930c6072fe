"""Step 4 of nine: structures, the college each had and since when. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id


class Structure(Base):
    """An association, a commune, a company… as people name it. A merged one stays, and leads to the one kept."""

    __tablename__ = "structures"
    __table_args__ = (
        sa.CheckConstraint("name_key <> ''", name="named"),
        sa.CheckConstraint("merged_into <> id", name="not_into_itself"),
        sa.Index("uq_structures_name", "name_key", unique=True, postgresql_where=sa.text("merged_into IS NULL")),
        sa.Index("ix_structures_name_key", "name_key"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(400))
    known: Mapped[bool] = mapped_column(default=False)
    """The staff vouch that it is one: it is proposed while people type, even if one person only gave it."""
    merged_into: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("structures.id"), index=True)
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class StructureType(Base):
    """The actor type a structure had from one day to another; its college follows from it."""

    __tablename__ = "structure_types"
    __table_args__ = (
        sa.CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),
        sa.Index("uq_structure_types_now", "structure_id", unique=True, postgresql_where=sa.text("until IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    structure_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"), index=True)
    actor_type: Mapped[str] = mapped_column(sa.String(20))
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]

    @classmethod
    def held_on(cls, day: dt.date) -> sa.ColumnElement[bool]:
        """Of at most one row of a structure: a change may be noted before its day."""
        return (cls.since <= day) & (cls.until.is_(None) | (cls.until > day))


class Membership(Base):
    """A structure is a member from one day to another. paid_until: the last day that its fees cover.

    representative: the one person who speaks for it in an assembly, "" while nobody is named. A merged structure keeps
    its row, which then speaks for the one kept, so that undoing a merge needs nothing.
    """

    __tablename__ = "structure_memberships"
    __table_args__ = (sa.CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),)

    structure_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("structures.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    paid_until: Mapped[dt.date | None]
    representative: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")


class StructureMerge(Base):
    """Two structures found to be one, and what moved, so that it can be undone."""

    __tablename__ = "structure_merges"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kept_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("structures.id", ondelete="CASCADE"), index=True)
    moved: Mapped[list[str]] = mapped_column(JSONB)
    """Ids of the registrations that named the one that is gone."""
    who: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    undone_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)


class StructureNews(Base):
    """What another service told of a structure: a project that it filed, the jury's answer, an article in L'Écho.

    A projection, like `News`. name_key: as the fact wrote it; a name that was merged leads to the structure kept.
    """

    __tablename__ = "structure_news"
    __table_args__ = (sa.CheckConstraint("kind IN ('application', 'result', 'article')", name="kind_known"),)

    kind: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    thing: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, default=0)
    """Which article of the issue; 0 for the others."""
    name_key: Mapped[str] = mapped_column(sa.String(400), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.String(200))
    """The call, or the issue."""
    state: Mapped[str] = mapped_column(sa.String(20), default="")
    """What became of it: what the completeness check or the jury said."""
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    """What was awarded."""
    settled_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    """Of a result: when the fact was told that `state` and `cents` are from, the answer or a later sum."""
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
