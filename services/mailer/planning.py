"""The issues of a year: what is planned, and what is proposed for the rest. Step 2 of nine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.models.issues import Issue
from shared.clock import PARIS

MONTHS = (2, 4, 6, 8, 10, 12)
"""L'Écho appears in every second month."""

_BEFORE = dt.timedelta(days=14)  # the editor's time between the last contribution and the day


@dataclass(frozen=True)
class Slot:
    """An issue of the year, or the proposal of one (`issue` is None)."""

    number: int
    planned_on: dt.date
    contributions_on: dt.date | None
    issue: Issue | None = None

    @property
    def theme(self) -> str:
        return self.issue.title if self.issue else ""


def year(session: Session, year: int, today: dt.date) -> list[Slot]:
    """What is planned in the year, by date, and a proposal for each two months to come that have nothing."""
    first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    query = sa.select(Issue).where(Issue.planned_on >= first, Issue.planned_on < after).order_by(Issue.planned_on)
    known = [Slot(one.number, one.planned_on, _day(one.contributions_until), one) for one in session.scalars(query)]
    taken = {(slot.planned_on.month + 1) // 2 for slot in known}
    numbers = {row[0]: row[1] for row in session.execute(sa.select(Issue.number, Issue.planned_on))}
    free = set(range(1, max(numbers, default=0) + 1 + len(MONTHS))) - set(numbers)
    proposed = []
    for month in MONTHS:
        day = tuesday(year, month)
        if month // 2 not in taken and day > today:
            # Where an issue was left out its number is still free; none goes before the first.
            before = max((one for one, on in numbers.items() if on < day), default=max(numbers, default=0))
            number = min(one for one in free if one > before)
            free.remove(number)
            # With less than those two weeks left, half of what is left: no call ends before it began.
            proposed.append(Slot(number, day, max(day - _BEFORE, today + (day - today) / 2)))
    return sorted([*known, *proposed], key=lambda slot: (slot.planned_on, slot.number))


def tuesday(year: int, month: int) -> dt.date:
    """The second Tuesday of a month: not a Monday morning, not a weekend."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(1 - first.weekday()) % 7 + 7)


def _day(instant: dt.datetime | None) -> dt.date | None:
    return instant.astimezone(PARIS).date() if instant else None
