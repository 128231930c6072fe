"""Step 4 of nine: groups that meet again and again, their members and what they talk about. Next: announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registration.models.events import INSTANT, Event
from services.registration.models.orm import HASHED, Base
from shared.db import new_id


class ExchangeGroup(Base):
    """When it meets is a rule in local time: every so many months, on such a weekday of the month, at that hour."""

    __tablename__ = "exchange_groups"
    __table_args__ = (
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        sa.CheckConstraint("every_months BETWEEN 1 AND 12", name="every_months"),
        sa.CheckConstraint("week BETWEEN 1 AND 5", name="week"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("minutes BETWEEN 15 AND 600", name="minutes"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.String(2000), default="")
    every_months: Mapped[int] = mapped_column(default=3)
    week: Mapped[int] = mapped_column(default=3)
    """Which of the month's weekdays; 5 is the last one."""
    weekday: Mapped[int] = mapped_column(default=3)
    """0 is Monday."""
    starts: Mapped[dt.time] = mapped_column(sa.Time)
    minutes: Mapped[int] = mapped_column(default=120)
    place: Mapped[str] = mapped_column(sa.String(200))
    capacity: Mapped[int] = mapped_column(default=30)
    partner_zone: Mapped[str] = mapped_column(sa.String(40), default="")
    """The time zone of the partners, shown beside Paris; "" for none."""
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT, server_default=sa.func.now())

    animators: Mapped[list[GroupAnimator]] = relationship(
        order_by="GroupAnimator.year.desc()", cascade="all, delete-orphan"
    )


class GroupAnimator(Base):
    """Who leads the group in one year."""

    __tablename__ = "group_animators"

    group_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("exchange_groups.id", ondelete="CASCADE"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))


class GroupMember(Base):
    """Who gets the group's mail, and nobody else. `left_at`: not any more."""

    __tablename__ = "group_members"
    __table_args__ = (
        sa.UniqueConstraint("group_id", "email_key"),
        sa.Index("ix_group_members_hashed", HASHED),
        sa.CheckConstraint("locale IN ('fr', 'en')", name="locale_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("exchange_groups.id", ondelete="CASCADE"))
    first_name: Mapped[str] = mapped_column(sa.String(120))
    last_name: Mapped[str] = mapped_column(sa.String(120))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), index=True)
    structure: Mapped[str] = mapped_column(sa.String(200), default="")
    locale: Mapped[str] = mapped_column(sa.String(2), default="fr", server_default="fr")
    """The language of the group's mails to this member, who chooses it on their page."""
    joined_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    left_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class GroupLink(Base):
    """Opens the group's page to one member, kept hashed; every mail carries a fresh one."""

    __tablename__ = "group_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("group_members.id", ondelete="CASCADE"), index=True)
    issued_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class GroupMeeting(Base):
    """One event of a group: when its members were called to it, and what was said there."""

    __tablename__ = "group_meetings"

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("exchange_groups.id", ondelete="CASCADE"), index=True)
    convened_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    minutes: Mapped[str] = mapped_column(sa.Text, default="")
    minutes_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)

    event: Mapped[Event] = relationship()


class GroupTopic(Base):
    """What a member would like to talk about; once chosen, at which meeting."""

    __tablename__ = "group_topics"
    __table_args__ = (sa.CheckConstraint("title <> ''", name="title_given"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("exchange_groups.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("group_members.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(sa.String(200))
    details: Mapped[str] = mapped_column(sa.String(2000), default="")
    proposed_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    event_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("events.id", ondelete="SET NULL"))

    member: Mapped[GroupMember | None] = relationship()
