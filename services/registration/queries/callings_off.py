"""Who hears in one mail that an assembly and the event which announces it do not take place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.models.calling_off import AssemblyCallingOff
from services.registration.models.events import Event
from services.registration.rules.people import email_key, same_name
from shared.clock import PARIS


@dataclass(frozen=True)
class Reader:
    """Who reads at one address that a notice went to: for whom it speaks, and for whom it did until they were struck
    from the list."""

    voters: list[AssemblyVoter] = field(default_factory=list)
    struck: list[StruckVoter] = field(default_factory=list)

    @property
    def all(self) -> list[AssemblyVoter | StruckVoter]:
        return [*self.voters, *self.struck]

    @property
    def name(self) -> str:
        """Of whoever it is; "" where it is the address of several people."""
        first, *others = [one.representative for one in self.all]
        return first if all(same_name(first, other) for other in others) else ""


def readers(session: Session, assembly: Assembly, at: dt.datetime) -> dict[str, Reader]:
    """Who is told by mail that an assembly does not take place, by key of their address. Who was struck is told while
    the day that their notice said is ahead of `at`."""
    found: dict[str, Reader] = {}
    for voter in assembly.voters:
        if voter.email:
            found.setdefault(email_key(voter.email), Reader()).voters.append(voter)
    query = sa.select(StruckVoter).where(StruckVoter.assembly_id == assembly.id, StruckVoter.held_at > at)
    for struck in session.scalars(query.order_by(StruckVoter.held_at.desc(), StruckVoter.id)):
        found.setdefault(email_key(struck.email), Reader()).struck.append(struck)
    return found


def named(found: Mapping[str, Reader]) -> dict[str, str]:
    """The name of each reader, by key of their address; without the addresses of several people."""
    return {key: one.name for key, one in found.items() if one.name}


def hears(heard: Mapping[str, str], key: str, name: str) -> bool:
    """Whether the mail of the assembly tells of the event too: it greets who has this address and this name."""
    return key in heard and same_name(name, heard[key])


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


def heard(session: Session, event_id: uuid.UUID) -> dict[str, str]:
    """Who hears of an event by the mail of the assembly that goes with it: their name, by key of their address."""
    made = session.scalar(sa.select(AssemblyCallingOff).where(AssemblyCallingOff.event_id == event_id))
    if made is None:
        return {}
    return named(readers(session, session.get_one(Assembly, made.assembly_id), made.leaves_at))


def assembly_first(event_id: InstrumentedAttribute[uuid.UUID]) -> sa.Exists:
    """Whether the voters of the assembly that goes with an event are still to be told: their mail says what the
    registrations were before these end."""
    return sa.exists().where(AssemblyCallingOff.event_id == event_id, AssemblyCallingOff.ended_at.is_(None))
