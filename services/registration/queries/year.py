"""Step 4 of nine: all that a year holds, from our own rows and from what the other services told.

Next: templates/year/index.html.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.models.events import Event
from services.registration.models.news import News
from services.registration.rules.year import Moment, Thing
from shared.clock import PARIS

_MOST = 500
"""A network of this size has some dozens in a year."""


def things(session: Session, first: dt.date, last: dt.date, now: dt.datetime) -> list[Thing]:
    """What touches the days from `first` to `last`, and what is late. Three statements."""
    begin, end = _midnight(first), _midnight(last + dt.timedelta(days=1))
    return [*_events(session, begin, end), *_assemblies(session, begin, end), *_news(session, begin, end, now)]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), PARIS)


def _day(instant: dt.datetime) -> dt.date:
    return instant.astimezone(PARIS).date()


def _events(session: Session, begin: dt.datetime, end: dt.datetime) -> list[Thing]:
    query = (
        sa.select(Event)
        .where(Event.state != "called_off")
        .where(sa.func.least(Event.starts_at, Event.opens_at, Event.closes_at) < end, Event.ends_at >= begin)
        .order_by(Event.starts_at, Event.id)
        .limit(_MOST)
    )
    found = []
    for one in session.scalars(query):
        moments = [Moment(_day(one.starts_at), "event", one.starts_at)]
        if one.opens_at:
            moments.append(Moment(_day(one.opens_at), "opens", one.opens_at))
        if one.closes_at:
            moments.append(Moment(_day(one.closes_at), "closes", one.closes_at))
        found.append(
            Thing(
                "event",
                one.title,
                _day(one.starts_at),
                _day(one.ends_at - dt.timedelta(seconds=1)),
                key=one.slug,
                draft=one.state == "draft",
                moments=tuple(moments),
            )
        )
    return found


def _assemblies(session: Session, begin: dt.datetime, end: dt.datetime) -> list[Thing]:
    query = (
        sa.select(Assembly)
        .where(~Assembly.rehearsal, Assembly.state != "called_off")
        .where(Assembly.held_at >= begin, Assembly.held_at < end + dt.timedelta(days=60))
        .order_by(Assembly.held_at, Assembly.id)
        .limit(_MOST)
    )
    found = []
    for one in session.scalars(query):
        day = _day(one.held_at)
        moments = [Moment(day, "assembly", one.held_at)]
        if one.convened_at is None:
            moments.append(Moment(day - dt.timedelta(days=int(one.statutes["notice_days"])), "convene"))
        found.append(
            Thing("assembly", one.title, day, day, str(one.id), draft=one.state == "draft", moments=tuple(moments))
        )
    return found


def _news(session: Session, begin: dt.datetime, end: dt.datetime, now: dt.datetime) -> list[Thing]:
    waits = (News.kind == "call") & News.closed_at.is_(None) | (News.kind == "issue") & News.published_at.is_(None)
    day = sa.func.coalesce(News.published_at, sa.cast(News.due_on, News.published_at.type))
    latest = sa.func.greatest(day, News.closes_at, News.closed_at)
    query = sa.select(News).where((day < end) & (latest >= begin) | waits).order_by(day, News.thing).limit(_MOST)
    return [_call(one, now) if one.kind == "call" else _issue(one) for one in session.scalars(query)]


def _call(one: News, now: dt.datetime) -> Thing:
    opened = one.published_at or now
    last = one.closed_at or one.closes_at or max(now, opened)
    moments = [Moment(_day(opened), "call_opens", opened)]
    if one.closes_at:
        moments.append(Moment(_day(one.closes_at), "call_closes", one.closes_at))
    if one.closed_at:
        moments.append(Moment(_day(one.closed_at), "call_decided", one.closed_at))
    waits = _day(one.closes_at) if one.closes_at and not one.closed_at else None
    return Thing("call", one.title, _day(opened), _day(last), url=one.url, waits=waits, moments=tuple(moments))


def _issue(one: News) -> Thing:
    out = _day(one.published_at) if one.published_at else None
    day = out or one.due_on
    assert day is not None  # the table says so
    moments = [Moment(day, "issue_out" if out else "issue_due")]
    if one.closes_at:
        moments.append(Moment(_day(one.closes_at), "contributions", one.closes_at))
    return Thing(
        "issue", one.title, day, day, url=one.url, draft=out is None, waits=None if out else day, moments=tuple(moments)
    )
