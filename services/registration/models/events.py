"""Step 4 of nine: events, their slots, workshops and programme. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from services.registration.models.orm import Base
from services.registration.rules import agenda, partners
from services.registration.rules.reminders import DEFAULT
from shared.db import new_id

if TYPE_CHECKING:
    from services.registration.models.allocations import Allocation
    from services.registration.models.calling_off import CallingOff

INSTANT = sa.DateTime(timezone=True)


class Event(Base):
    """One thing the network convenes. Its capacity stands in its quota, like every other limit."""

    __tablename__ = "events"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed', 'archived', 'called_off')", name="state_known"),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        sa.CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="closes_after_open"),
        sa.CheckConstraint("offer_hours BETWEEN 1 AND 336", name="offer_hours"),
        sa.CheckConstraint("list_reach IN ('paper', 'registered', 'everybody')", name="list_reach_known"),
        sa.CheckConstraint("reminders <@ '{14,7,3,1}'::smallint[]", name="reminders_known"),
        # It goes into a header as it is.
        sa.CheckConstraint(
            "array_to_string(framed_by, ' ', '*') ~ '^(https?://[a-z0-9.:-]+( |$))*$'", name="framed_by_sites"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20), default="agora")
    edition: Mapped[int | None]
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(500), default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    starts_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ends_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    place: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    to_bring: Mapped[str] = mapped_column(sa.String(2000), default="")
    word: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """What the team adds for who has a place: in the mail that confirms it and on the personal page, nowhere else."""
    prerequisites: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """What to know or to have done before a training; said on its page and above its form."""
    title_en: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    summary_en: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    description_en: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    to_bring_en: Mapped[str] = mapped_column(sa.String(2000), default="", server_default="")
    word_en: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    prerequisites_en: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """The same in English; "": who reads English reads the French. `rules.english.told` chooses."""
    tags: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.String(40)), default=list, server_default="{}")
    """What it is about and which territories, in a few words each: the agenda is filtered by them."""
    by_invitation: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Only the link of an invitation, and the team, register; no list of events names it (decision 0640)."""
    opens_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    closes_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    organiser_name: Mapped[str] = mapped_column(sa.String(200))
    organiser_email: Mapped[str] = mapped_column(sa.String(254))
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    offer_hours: Mapped[int | None]
    """How long a freed seat is offered to who waits; None: it is theirs at once."""
    reminders: Mapped[list[int]] = mapped_column(
        sa.ARRAY(sa.SmallInteger), default=lambda: list(DEFAULT), server_default="{7,1}"
    )
    """How many days ahead whoever has a place is reminded."""
    framed_by: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.String(300)), default=list, server_default="{}")
    """The sites whose pages may show its form, as `rules.framing` writes them."""
    list_reach: Mapped[str] = mapped_column(sa.String(12), default="paper", server_default="paper")
    """Who sees the list of participants: see rules/participants.py."""
    badge: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """What its badges say: see rules/badges.py; {}: as usual."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts changes of date, place or workshops: the calendar's SEQUENCE grows with it."""
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT, server_default=sa.func.now())

    slots: Mapped[list[Slot]] = relationship(
        back_populates="event", order_by="Slot.starts_at, Slot.position", cascade="all, delete-orphan"
    )
    allocation: Mapped[Allocation | None] = relationship(viewonly=True)
    calling_off: Mapped[CallingOff | None] = relationship(viewonly=True)
    programme: Mapped[list[ProgrammeItem]] = relationship(
        order_by="ProgrammeItem.starts_at, ProgrammeItem.position", cascade="all, delete-orphan"
    )

    elsewhere: ClassVar[Any]
    """The other sites in words, or None."""
    sites: Mapped[list[EventSite]] = relationship(order_by="EventSite.position", cascade="all, delete-orphan")
    partners: Mapped[list[EventPartner]] = relationship(order_by="EventPartner.position", cascade="all, delete-orphan")

    @property
    def workshops(self) -> list[Workshop]:
        return [workshop for slot in self.slots for workshop in slot.workshops]

    @property
    def asks_ranks(self) -> bool:
        """Whether workshops are asked for by rank, and not allocated yet."""
        return self.allocation is not None and self.allocation.made_at is None

    @property
    def for_everybody(self) -> bool:
        """Whether whoever reads of it can register."""
        return self.state == "published" and not self.by_invitation

    @property
    def where(self) -> str:
        """Where it is: every site, in a row."""
        own = f"{self.place}, {self.address}" if self.address else self.place
        return f"{own} ; {self.elsewhere}" if self.elsewhere else own

    @property
    def departments(self) -> list[str]:
        """The codes of the départements it takes place in, by the postcodes of its sites; each once."""
        found = (agenda.department(f"{one.name} {one.address}") for one in self.sites)
        own = agenda.department(f"{self.place} {self.address}")
        return list(dict.fromkeys(code for code in (own, *found) if code))

    @property
    def organisers(self) -> list[EventPartner]:
        """Who organises it too, after the one that answers mails."""
        return [one for one in self.partners if one.role == partners.CO_ORGANISER]

    @property
    def organised_by(self) -> str:
        """Everybody who organises it, the one that answers first."""
        return ", ".join([self.organiser_name, *(one.name for one in self.organisers)])


class EventSite(Base):
    """One more place where the same event happens; the event's own place is the first."""

    __tablename__ = "event_sites"
    __table_args__ = (sa.CheckConstraint("name <> ''", name="name_given"),)

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    access: Mapped[str] = mapped_column(sa.String(500), default="")
    """How to get there."""


# Read with the event itself: a registration says where it is while everybody else waits for its lock.
Event.elsewhere = column_property(
    sa.select(
        sa.func.string_agg(
            sa.case(
                (EventSite.address == sa.literal_column("''"), EventSite.name),
                else_=EventSite.name + sa.literal_column("', '") + EventSite.address,
            ),
            aggregate_order_by(sa.literal_column("' ; '"), EventSite.position),
        )
    )
    .where(EventSite.event_id == Event.id)
    .correlate_except(EventSite)
    .scalar_subquery()
)


class EventPartner(Base):
    """Who stands behind it too, as what; the event's own organiser is the first, and the one that answers mails."""

    __tablename__ = "event_organisers"  # its name from before there were roles: during an upgrade the old code reads it
    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="name_given"),
        sa.CheckConstraint("role IN ('co_organiser', 'funder', 'host', 'partner', 'media')", name="role_known"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    url: Mapped[str] = mapped_column(sa.String(300), default="")
    role: Mapped[str] = mapped_column(sa.String(12), default=partners.CO_ORGANISER, server_default="co_organiser")


class Slot(Base):
    """A time at which several workshops run side by side: a person attends at most one of them."""

    __tablename__ = "slots"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.UniqueConstraint("id", "event_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(sa.String(120))
    label_en: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    starts_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ends_at: Mapped[dt.datetime] = mapped_column(INSTANT)

    event: Mapped[Event] = relationship(back_populates="slots")
    workshops: Mapped[list[Workshop]] = relationship(
        back_populates="slot", order_by="Workshop.position", cascade="all, delete-orphan"
    )


class Workshop(Base):
    """A session with a time and a room. Its own times default to those of its slot."""

    __tablename__ = "workshops"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.UniqueConstraint("id", "slot_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("slots.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(1000), default="")
    title_en: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    summary_en: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    host: Mapped[str] = mapped_column(sa.String(200), default="")
    room: Mapped[str] = mapped_column(sa.String(120), default="")
    starts_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ends_at: Mapped[dt.datetime] = mapped_column(INSTANT)

    slot: Mapped[Slot] = relationship(back_populates="workshops")
    speakers: Mapped[list[Speaker]] = relationship(order_by="Speaker.position", cascade="all, delete-orphan")


class ProgrammeItem(Base):
    """What everybody attends: welcome, plenary, lunch."""

    __tablename__ = "programme_items"
    __table_args__ = (sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    ends_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    title: Mapped[str] = mapped_column(sa.String(200))
    title_en: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    speaker: Mapped[str] = mapped_column(sa.String(200), default="")
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    slides: Mapped[str] = mapped_column(sa.String(300), default="", server_default="")

    speakers: Mapped[list[Speaker]] = relationship(order_by="Speaker.position", cascade="all, delete-orphan")


class Speaker(Base):
    """Someone who speaks in one thing of the programme: as what, and for how long."""

    __tablename__ = "speakers"
    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(item_id, workshop_id) = 1", name="in_one_thing"),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),
        sa.CheckConstraint("name <> ''", name="name_given"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("programme_items.id", ondelete="CASCADE"), index=True
    )
    workshop_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("workshops.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[str] = mapped_column(sa.String(200), default="")
    minutes: Mapped[int | None]
