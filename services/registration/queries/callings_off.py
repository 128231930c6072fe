"""Who hears in one mail that an assembly and the event which announces it do not take place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.models.calling_off import AssemblyCallingOff, CallingOff
from services.registration.models.events import Event
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation, InvitationMail, InvitationRound
from services.registration.models.registrations import Registration
from services.registration.queries import groups
from services.registration.rules.people import email_key, same_name
from shared.clock import PARIS

Told = Registration | Invitation | GroupMember


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
    query = sa.select(StruckVoter).where(
        StruckVoter.assembly_id == assembly.id, StruckVoter.email != "", StruckVoter.held_at > at
    )
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
    """Let no assembly that members are called to on the day of an event be called off meanwhile."""
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


def off_alone(
    session: Session, event: Event, now: dt.datetime, *, lock: bool = False
) -> tuple[AssemblyCallingOff, Assembly] | None:
    """An assembly that an event announces, and that was called off without it, nobody being told yet. None where
    members are called to another one on that day: the event may announce that one."""
    if event.kind != "assembly" or assembly_of(session, event) is not None:
        return None
    query = (
        sa.select(AssemblyCallingOff, Assembly)
        .join(Assembly, Assembly.id == AssemblyCallingOff.assembly_id)
        .where(
            AssemblyCallingOff.event_id.is_(None),
            AssemblyCallingOff.leaves_at > now,
            AssemblyCallingOff.ended_at.is_(None),
            _on_day_of(Assembly.held_at, event.starts_at),
        )
        .order_by(Assembly.held_at, Assembly.id)
        .limit(1)
    )
    found = session.execute(query.with_for_update(of=AssemblyCallingOff) if lock else query).first()
    return (found[0], found[1]) if found else None


def event_off_alone(
    session: Session, assembly: Assembly, now: dt.datetime, *, lock: bool = False
) -> tuple[CallingOff, Event] | None:
    """The event that announces an assembly, called off without it, nobody being told yet. None as above."""
    if beside(session, assembly) is not None:
        return None
    query = (
        sa.select(CallingOff, Event)
        .join(Event, Event.id == CallingOff.event_id)
        .where(
            Event.kind == "assembly",
            CallingOff.leaves_at > now,
            CallingOff.ended_at.is_(None),
            ~sa.exists().where(AssemblyCallingOff.event_id == CallingOff.event_id),
            _on_day_of(Event.starts_at, assembly.held_at),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(1)
    )
    found = session.execute(query.with_for_update(of=CallingOff) if lock else query).first()
    return (found[0], found[1]) if found else None


def assembly_told(session: Session, event: Event) -> tuple[str, dict[str, str]]:
    """The title of an assembly that an event announces, where its readers were told before that it does not take place;
    who they are, as in `heard`."""
    query = (
        sa.select(AssemblyCallingOff, Assembly)
        .join(Assembly, Assembly.id == AssemblyCallingOff.assembly_id)
        .where(
            AssemblyCallingOff.event_id.is_distinct_from(event.id),
            AssemblyCallingOff.ended_at.is_not(None),
            _on_day_of(Assembly.held_at, event.starts_at),
        )
        .order_by(Assembly.held_at, Assembly.id)
    )
    found = session.execute(query).first() if event.kind == "assembly" else None
    return (found[1].title, named(readers(session, found[1], found[0].leaves_at))) if found else ("", {})


def known_to(known: tuple[str, Mapping[str, str]], one: Told) -> str:
    """The title of the assembly of which they heard before that it does not take place, "" where they did not. known:
    as `assembly_told` finds it."""
    return known[0] if hears(known[1], one.email_key, one.full_name) else ""


def event_told(session: Session, assembly: Assembly, but: uuid.UUID | None) -> tuple[Event, list[Told]] | None:
    """The event that announces an assembly, and `but` is not, where it was called off before; who was told: those whose
    registration that ended, who was invited, and whom their group had called."""
    query = (
        sa.select(CallingOff, Event)
        .join(Event, Event.id == CallingOff.event_id)
        .where(
            Event.kind == "assembly",
            Event.id.is_distinct_from(but),
            CallingOff.ended_at.is_not(None),
            _on_day_of(Event.starts_at, assembly.held_at),
        )
        .order_by(Event.starts_at, Event.id)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    ended = sa.select(Registration).where(
        Registration.event_id == found[1].id, Registration.cancelled_at >= found[0].leaves_at
    )
    guests = (
        sa.select(Invitation)
        .join(InvitationMail, InvitationMail.invitation_id == Invitation.id)
        .join(InvitationRound, InvitationRound.id == InvitationMail.round_id)
        .where(InvitationRound.event_id == found[1].id, InvitationRound.kind == "off", InvitationMail.passed_over == "")
    )
    members = [member for _group, member in groups.called_only(session, found[1].id)]
    return found[1], [
        *members,
        *session.scalars(guests.order_by(Invitation.id)),
        *session.scalars(ended.order_by(Registration.id)),
    ]


def joined(session: Session, event_id: uuid.UUID) -> Assembly | None:
    """The assembly that was called off with an event."""
    query = sa.select(Assembly).join(AssemblyCallingOff, AssemblyCallingOff.assembly_id == Assembly.id)
    return session.scalars(query.where(AssemblyCallingOff.event_id == event_id)).first()


def assembly_off(session: Session, event: Event) -> Assembly | None:
    """The assembly that an event announces and that does not take place, whether or not the event does. None where
    another one stands on that day: the event may announce that one."""
    if event.kind != "assembly":
        return None
    if with_it := joined(session, event.id):
        return with_it
    query = sa.select(Assembly).where(~Assembly.rehearsal, _on_day_of(Assembly.held_at, event.starts_at))
    that_day = session.scalars(query.order_by(Assembly.held_at, Assembly.id)).all()
    if any(one.state in ("convened", "open", "closed") for one in that_day):
        return None
    return next((one for one in that_day if one.state == "called_off"), None)


def event_off(session: Session, assembly: Assembly) -> Event | None:
    """The event that announces an assembly which does not take place, where it does not either."""
    if assembly.calling_off and assembly.calling_off.event:
        return assembly.calling_off.event
    query = sa.select(Event).where(
        Event.kind == "assembly", Event.state == "called_off", _on_day_of(Event.starts_at, assembly.held_at)
    )
    return session.scalars(query.order_by(Event.starts_at, Event.id)).first()


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
