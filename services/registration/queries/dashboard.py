"""What the pictures of one event's dashboard are drawn from."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.forms import FormAnswer
from services.registration.models.groups import GroupMeeting
from services.registration.models.registrations import Registration, Reminder, SensitiveAnswers
from shared.clock import PARIS

ZONES = "countries"
"""The library's question about where people work."""
MOST_DAYS = 120
"""How far back a curve goes, in days before the event."""


@dataclass(frozen=True)
class Pace:
    """How an event filled. `points`: (days from the event, registrations that live, so far), the days negative."""

    event: Event
    points: list[tuple[int, int]]

    def at(self, day: int) -> int:
        """How many had registered by the end of that day; 0 before the first."""
        return max((count for when, count in self.points if when <= day), default=0)

    @property
    def total(self) -> int:
        return self.points[-1][1] if self.points else 0


def edition_before(session: Session, event: Event) -> Event | None:
    """The latest event of the same kind before this one, drafts aside; the same group's for an exchange group.

    None for a training: the one before it was about something else.
    """
    if event.kind == "training":
        return None
    earlier = sa.select(Event).where(
        Event.kind == event.kind, Event.starts_at < event.starts_at, Event.state.not_in(("draft", "called_off"))
    )
    if event.kind == "exchange_group":
        own = sa.select(GroupMeeting.group_id).where(GroupMeeting.event_id == event.id).scalar_subquery()
        earlier = earlier.join(GroupMeeting, GroupMeeting.event_id == Event.id).where(GroupMeeting.group_id == own)
    return session.scalar(earlier.order_by(Event.starts_at.desc()).limit(1))


def pace(session: Session, event: Event, until: dt.datetime) -> Pace:
    """Day by day up to `until` or the event, cancelled ones aside. What came earlier than the first day adds to it."""
    day = sa.cast(sa.func.timezone("Europe/Paris", Registration.registered_at), sa.Date)
    living = (Registration.event_id == event.id, Registration.status != "cancelled")
    held = event.starts_at.astimezone(PARIS).date()
    per_day: Counter[int] = Counter()
    for registered, count in session.execute(sa.select(day, sa.func.count()).where(*living).group_by(day)):
        per_day[min(0, max(-MOST_DAYS, (registered - held).days))] += count
    if not per_day:
        return Pace(event, [])
    last = max(*per_day, min(0, (until.astimezone(PARIS).date() - held).days))
    points, total = [], 0
    for number in range(min(per_day), last + 1):
        total += per_day[number]
        points.append((number, total))
    return Pace(event, points)


def by_zone(session: Session, event_id: uuid.UUID) -> tuple[list[tuple[str, int]], int]:
    """How many work in each zone, the most first, and how many answered; one person may name several.

    Sensitive answers are not among them: of a few people a number says who.
    """
    answered = (
        sa.select(FormAnswer.value)
        .join(Registration, Registration.id == FormAnswer.registration_id)
        .where(Registration.event_id == event_id, Registration.status != "cancelled", FormAnswer.question == ZONES)
        .where(~FormAnswer.sensitive)
    )
    counts: Counter[str] = Counter()
    people = 0
    for value in session.scalars(answered):
        chosen = {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
        people += bool(chosen)
        counts.update(chosen)
    return sorted(counts.items(), key=lambda one: (-one[1], one[0])), people


@dataclass(frozen=True)
class Needs:
    """What to prepare for those who have a place, as numbers without names. `diets`: the most first."""

    diets: list[tuple[str, int]]
    notes: int
    access: int
    call_back: int


def needs(session: Session, event_id: uuid.UUID, *, meals_only: bool) -> Needs:
    """meals_only: diets of those who eat there, where that is asked. Who waits may still be called back."""
    own = sa.select(SensitiveAnswers).join(Registration, Registration.id == SensitiveAnswers.registration_id)
    own = own.where(Registration.event_id == event_id, Registration.status != "cancelled")
    certain = Registration.status == "confirmed"
    eats = certain & Registration.meal if meals_only else certain
    rows = session.execute(
        own.with_only_columns(
            SensitiveAnswers.diet,
            sa.func.count().filter(eats),
            sa.func.count().filter(eats, SensitiveAnswers.diet_note != ""),
            sa.func.count().filter(certain, SensitiveAnswers.access != ""),
            sa.func.count().filter(SensitiveAnswers.call_back),
        ).group_by(SensitiveAnswers.diet)
    ).all()
    diets = sorted(((row[0], row[1]) for row in rows if row[0] and row[1]), key=lambda one: (-one[1], one[0]))
    notes, access, call_back = (sum(column) for column in list(zip(*rows, strict=True))[2:] or [(), (), ()])
    return Needs(diets, notes, access, call_back)


def reminded(session: Session, event_id: uuid.UUID) -> dict[int, int]:
    """How many reminders have left, by how many days ahead."""
    query = (
        sa.select(Reminder.days_before, sa.func.count())
        .join(Registration, Registration.id == Reminder.registration_id)
        .where(Registration.event_id == event_id)
        .group_by(Reminder.days_before)
    )
    return {row[0]: row[1] for row in session.execute(query)}
