"""Step 4 of nine: people registered and their answers. Next: services/registration/announce/."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registration.models.events import INSTANT, Event
from services.registration.models.orm import HASHED, Base
from services.registration.rules.choices import PASSED_ON
from shared.db import new_id


class Registration(Base):
    """One person at one event, with ordinary answers. Diet and access needs stand in `sensitive_answers`."""

    __tablename__ = "registrations"
    __table_args__ = (
        sa.CheckConstraint("status IN ('confirmed', 'wait_listed', 'cancelled')", name="status_known"),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_dated"),
        sa.CheckConstraint(
            "transferred_to IS NULL OR (status = 'cancelled' AND transferred_to <> id)", name="transferred_gone"
        ),
        sa.CheckConstraint("list_reach IN ('paper', 'registered', 'everybody')", name="list_reach_known"),
        sa.Index(
            "uq_registrations_person",
            "event_id",
            "email_key",
            "name_key",
            unique=True,
            postgresql_where=sa.text("status <> 'cancelled'"),
        ),
        sa.Index("ix_registrations_list", "event_id", "name_key", "id"),
        sa.Index("ix_registrations_email_key", "email_key"),
        sa.Index("ix_registrations_hashed", HASHED),
        sa.Index(
            "ix_registrations_unsettled",
            "registered_at",
            postgresql_where=sa.text("structure <> '' AND structure_id IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("events.id"))
    submission_key: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    """Two submissions with the same key are one: see rules/people.py."""
    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    ticket: Mapped[str] = mapped_column(sa.String(60), unique=True)
    """What the QR code says. Not the personal link: who sees the badge must not change the registration."""
    status: Mapped[str] = mapped_column(sa.String(12))
    first_name: Mapped[str] = mapped_column(sa.String(120))
    last_name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(400))
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(300))
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    structure: Mapped[str] = mapped_column(sa.String(200), default="")
    function: Mapped[str] = mapped_column(sa.String(120), default="")
    actor_type: Mapped[str] = mapped_column(sa.String(20))
    department: Mapped[str] = mapped_column(sa.String(10))
    meal: Mapped[bool | None]
    """None for who was not asked: at the door, or by a file that says nothing of it."""
    participant_list: Mapped[bool] = mapped_column(default=False)
    list_reach: Mapped[str] = mapped_column(sa.String(12), default="paper", server_default="paper")
    """How far the list goes that they agreed to stand on, where they did: a wider one never shows them."""
    carpool: Mapped[bool] = mapped_column(default=False)
    photo: Mapped[bool] = mapped_column(default=False)
    newsletter: Mapped[bool] = mapped_column(default=False)
    newsletter_email: Mapped[str | None] = mapped_column(sa.String(254))
    """Where the newsletter goes, when the person has changed their address since they asked for it."""
    locale: Mapped[str] = mapped_column(sa.String(5), default="fr")
    search: Mapped[str] = mapped_column(sa.Text)
    """Name, structure, e-mail and reference, folded: what the staff's search looks in."""
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    registered_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    changed_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    cancelled_from: Mapped[str | None] = mapped_column(sa.String(12))
    """The status before the cancellation; who only waited comes back to the waiting list, not to a seat."""
    reminded_at: Mapped[dt.datetime | None] = mapped_column(INSTANT, deferred=True)
    """Nobody's any more: the version before names it. To be dropped once no machine runs that one."""
    transferred_to: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="SET NULL"), unique=True
    )
    """The registration that has this one's seats now; no cancellation of it can be taken back."""

    staff_note: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    """What the staff wrote about it for each other; the person reads it among all that is held on them."""
    structure_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("structures.id"), index=True)
    """The structure that the words in `structure` name, found by a chore; the words stay as they were written."""
    structure_mark: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), deferred=True)
    """Once the name is gone: what tells structures apart in the report of the year, and names none."""
    form_version_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("form_versions.id"), index=True)
    """The questions this person was asked; None at the door, where nobody is asked any."""

    event: Mapped[Event] = relationship()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @hybrid_property
    def state(self) -> str:
        """The status as people say it: whoever passed a seat on did not cancel it."""
        return PASSED_ON if self.transferred_to else self.status

    @state.inplace.expression
    @classmethod
    def _state(cls) -> sa.ColumnElement[str]:
        word = sa.literal_column(f"'{PASSED_ON}'", sa.String)  # no parameter: it is grouped by, too
        return sa.case((cls.transferred_to.is_not(None), word), else_=cls.status)


class SensitiveAnswers(Base):
    """What may reveal health or religion: few may see it, and it goes 30 days after the event."""

    __tablename__ = "sensitive_answers"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    diet: Mapped[str] = mapped_column(sa.String(20), default="")
    diet_note: Mapped[str] = mapped_column(sa.String(300), default="")
    access: Mapped[str] = mapped_column(sa.String(1000), default="")
    call_back: Mapped[bool] = mapped_column(default=False)


class Consent(Base):
    """Each time a box is ticked or unticked, with the words that were read. Rows are only ever added."""

    __tablename__ = "consents"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(sa.String(30))
    given: Mapped[bool]
    wording: Mapped[str] = mapped_column(sa.String(1000))
    wording_version: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime] = mapped_column(INSTANT)


class Reminder(Base):
    """One reminder that left, kept so that it leaves once."""

    __tablename__ = "reminders"

    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    days_before: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    sent_at: Mapped[dt.datetime] = mapped_column(INSTANT)


class PersonalLink(Base):
    """A secret that opens one registration, kept hashed. Each mail carries its own, so none is stored."""

    __tablename__ = "personal_links"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    registration_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("registrations.id", ondelete="CASCADE"), index=True
    )
    issued_for: Mapped[str] = mapped_column(sa.String(30))
    issued_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
