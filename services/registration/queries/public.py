"""Events and news as the public sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.registration.models.events import Event, ProgrammeItem, Slot, Workshop
from services.registration.models.news import News
from services.registration.models.registrations import Registration

_SEEN = ("published", "closed")


def event_page(session: Session, slug: str, *, drafts: bool = False, programme: bool = True) -> Event | None:
    """An event with its workshops, or None; drafts only for the staff. One statement, some more with the programme."""
    query = (
        sa.select(Event)
        .where(Event.slug == slug)
        .options(joinedload(Event.slots).joinedload(Slot.workshops), joinedload(Event.allocation))
    )
    if programme:
        query = query.options(
            selectinload(Event.programme).selectinload(ProgrammeItem.speakers),
            selectinload(Event.sites),
            selectinload(Event.organisers),
            joinedload(Event.slots).joinedload(Slot.workshops).selectinload(Workshop.speakers),
        )
    if not drafts:
        query = query.where(Event.state.in_((*_SEEN, "archived")))
    return session.scalars(query).unique().one_or_none()


def coming(session: Session, now: dt.datetime) -> list[Event]:
    """Published events that are not over, the next one first."""
    query = (
        sa.select(Event)
        .where(Event.state.in_(_SEEN), Event.ends_at > now)
        .options(selectinload(Event.sites), selectinload(Event.organisers))
        .order_by(Event.starts_at, Event.id)
        .limit(20)
    )
    return list(session.scalars(query))


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
        sa.select(News).where(News.kind == "issue").order_by(News.published_at.desc()).limit(3)
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
