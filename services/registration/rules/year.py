"""Step 3 of nine: what the year holds, thing by thing, and what of it comes when. Next: queries/year.py."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

LANES = ("event", "assembly", "call", "issue")
WEEKS = 5
"""How many weeks a Monday morning looks ahead, this one counted."""
SHOWN = dt.timedelta(days=5)
"""A day alone would be too thin to see: it is drawn as broad as these."""


@dataclass(frozen=True)
class Moment:
    """Something happens to a thing on a day. what: a code; at: the instant, when the hour matters."""

    on: dt.date
    what: str
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Thing:
    """An event, an assembly, a call or an issue of L'Écho. It is drawn from `first` to `last`, both included.

    lane: one of LANES. key: a slug or an id in this service, "" for what stands in another, at `url`.
    waits: since when somebody should have taken the next step, as far as is known; None: nobody.
    """

    lane: str
    title: str
    first: dt.date
    last: dt.date
    key: str = ""
    url: str = ""
    draft: bool = False
    waits: dt.date | None = None
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True)
class Week:
    """Monday to Sunday, with what happens in it, in order."""

    monday: dt.date
    lines: list[tuple[Moment, Thing]]


def ahead(things: Iterable[Thing], today: dt.date) -> list[Week]:
    """This week and the next ones, empty ones too. Days of this week that are over stay: Monday is read on Tuesday."""
    monday = today - dt.timedelta(days=today.weekday())
    weeks = [Week(monday + dt.timedelta(weeks=number), []) for number in range(WEEKS)]
    for thing in things:
        for moment in thing.moments:
            number = (moment.on - monday).days // 7
            if 0 <= number < WEEKS:
                weeks[number].lines.append((moment, thing))
    for week in weeks:
        week.lines.sort(key=lambda line: (line[0].on, line[0].at is not None, str(line[0].at), line[1].title))
    return weeks


def late(things: Iterable[Thing], today: dt.date) -> list[Thing]:
    """What had its day and waits for somebody, the longest first: an issue that is not out, a call not decided."""
    return sorted((one for one in things if one.waits and one.waits < today), key=lambda one: str(one.waits))


def place(day: dt.date, year: int) -> float:
    """Where a day stands on a line of twelve equal months, 0 to 1; before and after the year: at its ends."""
    if day.year != year:
        return 0.0 if day.year < year else 1.0
    return (day.month - 1 + (day.day - 1) / calendar.monthrange(year, day.month)[1]) / 12


def rows(things: Iterable[Thing]) -> list[list[Thing]]:
    """The things of a lane on as few rows as hold them without one covering another."""
    found: list[list[Thing]] = []
    for thing in sorted(things, key=lambda one: (one.first, one.last)):
        free = next((row for row in found if max(row[-1].last, row[-1].first + SHOWN) < thing.first), None)
        if free is None:
            found.append(free := [])
        free.append(thing)
    return found
