"""Who hears in one mail that an assembly and the event which announces it do not take place."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.registration.models.assembly import Assembly, AssemblyVoter
from services.registration.models.calling_off import AssemblyCallingOff
from services.registration.models.events import Event
from services.registration.rules.people import email_key
from shared.clock import PARIS


def event_of(session: Session, assembly: Assembly, now: dt.datetime) -> Event | None:
    """The event that announces an assembly to the public and can still be called off: of its kind, on its day."""
    query = sa.select(Event).where(
        Event.kind == "assembly",
        Event.state.in_(("published", "closed")),
        Event.starts_at > now,
        _on_day_of(Event.starts_at, assembly.held_at),
    )
    return session.scalars(query.order_by(Event.starts_at, Event.id)).first()


def assembly_of(session: Session, event: Event) -> Assembly | None:
    """The assembly that members are called to on the day of an event that announces it."""
    return session.scalars(_convened_on(event.starts_at)).first() if event.kind == "assembly" else None


def lock_beside(session: Session, event: Event) -> None:
    """Let no assembly that members are called to on the day of an event be called off with it meanwhile."""
    session.execute(_convened_on(event.starts_at).with_only_columns(Assembly.id).with_for_update()).all()


def beside(session: Session, assembly: Assembly) -> Assembly | None:
    """Another assembly that members are called to on the day of this one: one event may announce both."""
    return session.scalars(_convened_on(assembly.held_at).where(Assembly.id != assembly.id)).first()


def _convened_on(instant: dt.datetime) -> sa.Select[Assembly]:
    query = sa.select(Assembly).where(Assembly.state == "convened", _on_day_of(Assembly.held_at, instant))
    return query.order_by(Assembly.held_at, Assembly.id)


def _on_day_of(column: InstrumentedAttribute[dt.datetime], instant: dt.datetime) -> sa.ColumnElement[bool]:
    day = dt.datetime.combine(instant.astimezone(PARIS).date(), dt.time(), PARIS)
    return (column >= day) & (column < day + dt.timedelta(days=1))


def joined(session: Session, event_id: uuid.UUID) -> uuid.UUID | None:
    """The assembly that was called off in the same gesture as an event."""
    query = sa.select(AssemblyCallingOff.assembly_id).where(AssemblyCallingOff.event_id == event_id)
    return session.scalars(query).first()


def heard(session: Session, event_id: uuid.UUID) -> set[str]:
    """The keys of the addresses that hear of an event by the mail of the assembly that goes with it."""
    query = (
        sa.select(AssemblyVoter.email)
        .join(AssemblyCallingOff, AssemblyCallingOff.assembly_id == AssemblyVoter.assembly_id)
        .where(AssemblyCallingOff.event_id == event_id, AssemblyVoter.email != "")
    )
    return {email_key(one) for one in session.scalars(query)}


def assembly_first(event_id: InstrumentedAttribute[uuid.UUID]) -> sa.Exists:
    """Whether the voters of the assembly that goes with an event are still to be told: their mail says what the
    registrations were before these end."""
    return sa.exists().where(AssemblyCallingOff.event_id == event_id, AssemblyCallingOff.ended_at.is_(None))
