"""People whom the team may invite to another event, by where we know them from. Next: use_cases/inviting.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.models.lists import SavedFilter
from services.registration.models.registrations import Registration
from services.registration.models.structures import Membership, Structure
from services.registration.queries.selection import Wanted, people
from services.registration.rules.invitations import KNOWN, MOST
from services.registration.rules.people import email_key

Person = dict[str, str]
_WHO = ("first_name", "last_name", "email", "locale")


def of_event(session: Session, event_id: uuid.UUID, wanted: Wanted) -> Iterator[Person]:
    """The people of a selection by name, each once, without who was erased or left no address."""
    chosen = people(event_id, wanted).subquery()
    query = sa.select(Registration).where(Registration.id.in_(sa.select(chosen.c.id)))
    for one in session.scalars(query.order_by(Registration.name_key, Registration.id).limit(MOST + 1)):
        yield {name: getattr(one, name) for name in (*_WHO, *KNOWN)}


def of_group(session: Session, group_id: uuid.UUID) -> Iterator[Person]:
    query = sa.select(GroupMember).where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None))
    for one in session.scalars(query.order_by(GroupMember.last_name, GroupMember.id).limit(MOST + 1)):
        yield {name: getattr(one, name) for name in (*_WHO, "structure")}


def of_members(session: Session, today: dt.date) -> Iterator[Person]:
    """Who represents a structure that is a member today; one name is cut at its first space, and read again.
    Their language is not kept."""
    query = (
        sa.select(Structure.name, Membership)
        .join(Membership, Membership.structure_id == Structure.id)
        .where(
            Structure.merged_into.is_(None),
            Membership.email != "",
            Membership.since <= today,
            Membership.until.is_(None) | (Membership.until >= today),
        )
        .order_by(Structure.name_key, Structure.id)
        .limit(MOST + 1)
    )
    for structure, one in session.execute(query):
        first, _space, last = one.representative.partition(" ")
        yield {
            "first_name": first[:120],
            "last_name": last[:120],
            "email": one.email,
            "locale": "",
            "structure": structure,
        }


def languages(session: Session, emails: Iterable[str]) -> dict[str, str]:
    """The language in which these addresses registered last, by address as addresses are compared."""
    query = sa.select(Registration.email_key, Registration.locale).where(
        Registration.email_key.in_({email_key(one) for one in emails})
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(Registration.registered_at, Registration.id))}


def events(session: Session, but: uuid.UUID) -> list[Event]:
    """Where people may come from: the last events that were published, the latest first."""
    query = sa.select(Event).where(Event.id != but, Event.state != "draft")
    return list(session.scalars(query.order_by(Event.starts_at.desc(), Event.id).limit(40)))


def open_to(session: Session, but: uuid.UUID, now: dt.datetime) -> list[Event]:
    """Events that people may be invited to, the next one first."""
    query = sa.select(Event).where(Event.id != but, Event.state == "published", Event.ends_at > now)
    return list(session.scalars(query.order_by(Event.starts_at, Event.id).limit(40)))


def filters(session: Session, but: uuid.UUID) -> list[tuple[SavedFilter, Event]]:
    """Selections that the team keeps of other events."""
    query = (
        sa.select(SavedFilter, Event)
        .join(Event, Event.id == SavedFilter.event_id)
        .where(Event.id != but, Event.state != "draft")
        .order_by(Event.starts_at.desc(), SavedFilter.name)
        .limit(100)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def groups(session: Session) -> list[ExchangeGroup]:
    return list(session.scalars(sa.select(ExchangeGroup).order_by(ExchangeGroup.name)))
