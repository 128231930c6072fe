"""Events and news as the public sees them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.registration.models.events import Event, ProgrammeItem, Slot, Workshop
from services.registration.models.news import News
from services.registration.models.registrations import Registration
from services.registration.queries.places import Places, counting, of_rows, quotas
from services.registration.rules.agenda import ANY, Wanted
from shared import hot

_SEEN = ("published", "closed", "called_off")
SHOWN, LOOKED_AT = 20, 200
"""Coming events on a page or in a feed, and those among which they are chosen."""


def event_page(session: Session, slug: str, *, drafts: bool = False, programme: bool = True) -> Event | None:
    """An event with its workshops, or None; drafts only for the staff. One statement, some more with the programme."""
    values = {"slug": slug, "states": _states(drafts)}
    return session.scalars(_WITH_PROGRAMME if programme else _EVENT, values).unique().one_or_none()


# Every public page asks: built once.
_EVENT = (
    sa.select(Event)
    .where(Event.slug == sa.bindparam("slug"), Event.state.in_(sa.bindparam("states", expanding=True)))
    .options(joinedload(Event.slots).joinedload(Slot.workshops), joinedload(Event.allocation))
)
_WITH_PROGRAMME = _EVENT.options(
    selectinload(Event.programme).selectinload(ProgrammeItem.speakers),
    selectinload(Event.sites),
    selectinload(Event.partners),
    joinedload(Event.slots).joinedload(Slot.workshops).selectinload(Workshop.speakers),
)


def _states(drafts: bool) -> list[str]:
    return [*_SEEN, "archived", *(["draft"] if drafts else [])]


@dataclass(frozen=True)
class Opened:
    """What the page of an event's form depends on, save the seats and the person."""

    event_id: uuid.UUID
    state: str
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    ends_at: dt.datetime
    by_invitation: bool
    form_id: uuid.UUID
    mark: str
    """Another one as soon as any value of the event, its sites, slots, workshops or allocation is."""


def opened(session: Session, slug: str, *, drafts: bool = False) -> Opened | None:
    """The event that `event_page` finds, known by its mark instead of being read. One statement."""
    rows = hot.rows(session, _OPENED, {"slug": slug, "states": _states(drafts)})
    return Opened(*rows[0]) if rows else None


def opened_with_places(session: Session, slug: str, *, drafts: bool = False) -> tuple[Opened, Places] | None:
    """`opened`, and what `places` counts. Two statements, sent together."""
    states = {"slug": slug, "states": _states(drafts)}
    rows, counted = hot.together(session, (_OPENED, states), (_ITS_PLACES, {"slug": slug}))
    return (Opened(*rows[0]), of_rows(counted)) if rows else None


def framed_by(session: Session, slug: str) -> list[str]:
    """The sites that may show the form of an event; none of one that the public does not see. One statement."""
    query = sa.select(Event.framed_by).where(Event.slug == slug, Event.state.in_(_states(drafts=False)))
    return session.scalar(query) or []


_KEPT: dict[str, Event] = {}
_MOST = 64


def kept(session: Session, event_id: uuid.UUID, mark: str) -> Event:
    """The event of this mark, with its workshops, read once by each process; as it is now, when it just changed.

    For reading only: threads share it, and it belongs to no session.
    """
    if found := _KEPT.get(mark):
        return found
    event, its_mark = session.execute(_MARKED, {"event": event_id}).unique().one()
    session.expunge(event)  # and its slots and workshops with it
    if event.allocation is not None:
        session.expunge(event.allocation)
    if len(_KEPT) >= _MOST:
        _KEPT.clear()
    _KEPT[its_mark] = event
    return event


def mark(event: str) -> str:
    """SQL of a hash over the versions of all rows that a page about `event` shows: see Opened.mark.

    event: the name of its table in the statement. A row's transaction and place tell its versions apart, and writing
    them costs a fraction of writing all its values; locks change neither. Its id, since VACUUM FULL may move an event
    to where another of the same transaction was.
    """
    return f"""
        md5(concat_ws(' ', {event}.id, {event}.xmin, {event}.ctid,
            (SELECT string_agg(concat(s.xmin, s.ctid), ' ' ORDER BY s.ctid) FROM event_sites s
                WHERE s.event_id = {event}.id),
            (SELECT string_agg(concat(s.xmin, s.ctid), ' ' ORDER BY s.ctid) FROM slots s
                WHERE s.event_id = {event}.id),
            (SELECT string_agg(concat(w.xmin, w.ctid), ' ' ORDER BY w.ctid) FROM workshops w
                JOIN slots s ON s.id = w.slot_id WHERE s.event_id = {event}.id),
            (SELECT concat(a.xmin, a.ctid) FROM allocations a WHERE a.event_id = {event}.id)))
    """  # noqa: S608  (our own words)


_OPENED = sa.text(f"""
    SELECT e.id, e.state, e.opens_at, e.closes_at, e.ends_at, e.by_invitation,
        (SELECT v.id FROM form_versions v WHERE v.event_id = e.id AND v.published_at IS NOT NULL
            ORDER BY v.number DESC LIMIT 1), {mark("e")}
    FROM events e WHERE e.slug = :slug AND e.state = ANY(:states)
""")  # noqa: S608  (our own words)


_ITS_PLACES = counting(
    quotas.c.event_id == sa.select(Event.id).where(Event.slug == sa.bindparam("slug")).scalar_subquery()
)


_MARKED = (
    sa.select(Event, sa.literal_column(mark("events"), sa.Text))
    .where(Event.id == sa.bindparam("event"))
    .options(joinedload(Event.slots).joinedload(Slot.workshops), joinedload(Event.allocation))
    .execution_options(populate_existing=True)
)


def coming(session: Session, now: dt.datetime, wanted: Wanted = ANY, *, most: int = SHOWN) -> list[Event]:
    """Announced events that are not over, the next one first; those called off are among them, and say so;
    those on invitation are not.

    wanted: only those; they are chosen among the next LOOKED_AT. most: how many are returned.
    """
    query = (
        sa.select(Event)
        .where(Event.state.in_(_SEEN), Event.ends_at > now, ~Event.by_invitation)
        .options(selectinload(Event.sites), selectinload(Event.partners), joinedload(Event.calling_off))
        .order_by(Event.starts_at, Event.id)
        .limit(most if wanted == ANY else LOOKED_AT)
    )
    return [event for event in session.scalars(query) if wanted.takes(event.departments, event.tags)][:most]


@dataclass(frozen=True)
class Tidings:
    """What the other services have told."""

    calls: Sequence[News]
    issues: Sequence[News]


def tidings(session: Session, now: dt.datetime) -> Tidings:
    """Open calls, the soonest to close first; the last three issues. Two statements."""
    calls = session.scalars(
        sa.select(News)
        .where(News.kind == "call", News.closed_at.is_(None), News.closes_at.is_(None) | (News.closes_at > now))
        .order_by(News.closes_at.asc().nulls_last(), News.published_at.desc())
        .limit(10)
    ).all()
    issues = session.scalars(
        sa.select(News)
        .where(News.kind == "issue", News.published_at.is_not(None))
        .order_by(News.published_at.desc())
        .limit(3)
    ).all()
    return Tidings(calls, issues)


def known_structures(session: Session) -> list[str]:
    """Names to choose from while typing: only those that two people gave, so that none points at one person."""
    query: sa.Select[Any] = (
        sa.select(Registration.structure)
        .where(Registration.structure != "")
        .group_by(Registration.structure)
        .having(sa.func.count() > 1)
        .order_by(sa.func.count().desc())
        .limit(150)
    )
    return sorted(session.scalars(query))
