"""What a funder is told of a period: counts only, never a name."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.desk import Attendance
from services.registration.models.erasures import YearSalt
from services.registration.models.events import Event, EventPartner, Workshop
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota
from services.registration.models.structures import Structure
from services.registration.models.workshop_attendance import WorkshopAttendance
from services.registration.queries.attendance import came
from services.registration.rules import days
from shared.clock import PARIS

ZONES, GOALS = "countries", "themes"


@dataclass(frozen=True)
class Held:
    """One event of the period. hours: of all who came, each for the days on which they did, without the
    nights. in_workshops: how often somebody was seen in a workshop. workshop_hours: those of these workshops, which
    are among `hours` already."""

    id: uuid.UUID
    slug: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    seats: int
    registered: int
    present: int
    hours: float
    in_workshops: int
    workshop_hours: float


@dataclass(frozen=True)
class Scope:
    """What a funder or partner is told of: the meetings it stands behind, the people of this département; "": all."""

    partner: str = ""
    department: str = ""


NO_SCOPE = Scope()


@dataclass(frozen=True)
class Report:
    """A period. people and structures are counted once, however many events they came to; so in each part of them.

    by_zone and by_goal: of those who were asked and answered, each under all that they named.
    """

    events: list[Held]
    people: int
    structures: int
    present_people: int
    by_type: list[tuple[str, int]]
    by_department: list[tuple[str, int]]
    by_zone: list[tuple[str, int]]
    by_goal: list[tuple[str, int]]

    @property
    def registered(self) -> int:
        return sum(event.registered for event in self.events)

    @property
    def present(self) -> int:
        return sum(event.present for event in self.events)

    @property
    def hours(self) -> float:
        return sum(event.hours for event in self.events)

    @property
    def in_workshops(self) -> int:
        return sum(event.in_workshops for event in self.events)

    @property
    def workshop_hours(self) -> float:
        return sum(event.workshop_hours for event in self.events)


LONGEST_DAY = 8
"""Hours that somebody is counted for on each day of an event that begins later in the day than it ends."""


def hours(starts: dt.datetime, ends: dt.datetime) -> float:
    """Of who stayed from the beginning to the end. Of several days those of each, and no night."""
    first, last = starts.astimezone(PARIS), ends.astimezone(PARIS)
    whole = (ends - starts).total_seconds() / 3600
    number = (last.date() - first.date()).days + 1
    if number == 1:
        return whole
    if last.time() > first.time():
        clock = dt.datetime.combine(first.date(), last.time()) - dt.datetime.combine(first.date(), first.time())
        return number * clock.total_seconds() / 3600
    return min(whole, number * LONGEST_DAY)


def report(session: Session, first: dt.datetime, after: dt.datetime, scope: Scope = NO_SCOPE) -> Report:
    """Events that began in [first, after), were held and lie within `scope`. Seven statements."""
    period = _period(first, after) & _behind(scope.partner)
    living = Registration.status == "confirmed"
    if scope.department:
        living &= Registration.department == scope.department
    seats = sa.select(Quota.capacity).where(Quota.event_id == Event.id, Quota.kind == "event").scalar_subquery()
    rows = session.execute(
        sa.select(
            Event.id,
            Event.slug,
            Event.title,
            Event.starts_at,
            Event.ends_at,
            seats,
            sa.func.count(Registration.id.distinct()).filter(living),
            sa.func.count(Registration.id.distinct()).filter(living, Attendance.present),
            sa.func.count().filter(living, Attendance.present),
        )
        .outerjoin(Registration, Registration.event_id == Event.id)
        .outerjoin(Attendance, Attendance.registration_id == Registration.id)
        .where(period)
        .group_by(Event.id)
        .order_by(Event.starts_at, Event.id)
    )
    lasted = sa.func.tstzrange(Workshop.starts_at, Workshop.ends_at)
    theirs = (
        sa.select(Event.id, sa.func.count().label("times"), sa.func.range_agg(lasted).label("spans"))
        .join(Registration, Registration.event_id == Event.id)
        .join(WorkshopAttendance, WorkshopAttendance.registration_id == Registration.id)
        .join(Workshop, Workshop.id == WorkshopAttendance.workshop_id)
        .where(period, living)
        .group_by(Event.id, Registration.id)
        .subquery()
    )
    # Slots may overlap: whoever changed rooms halfway was at two workshops, and nowhere for twice the time.
    span = sa.func.unnest(theirs.c.spans).column_valued("span")
    length = sa.func.extract("epoch", sa.func.upper(span) - sa.func.lower(span)) / 3600
    hours_of = sa.select(sa.func.sum(length)).scalar_subquery()
    counted = sa.select(theirs.c.id, sa.func.sum(theirs.c.times), sa.func.sum(hours_of)).group_by(theirs.c.id)
    seen: dict[uuid.UUID, tuple[int, float]] = {
        row[0]: (int(row[1]), float(row[2])) for row in session.execute(counted)
    }
    held = [
        Held(
            id,
            slug,
            title,
            starts,
            ends,
            capacity or 0,
            registered,
            present,
            days_present * hours(starts, ends) / len(days.of(starts, ends)),
            *seen.get(id, (0, 0.0)),
        )
        for id, slug, title, starts, ends, capacity, registered, present, days_present in rows
    ]
    mine = (
        sa.select(Registration).join(Event).where(period, living).with_only_columns(Registration.id).scalar_subquery()
    )
    person = sa.func.concat(Registration.email_key, " ", Registration.name_key)
    salt = sa.select(YearSalt.salt).where(YearSalt.year == year_of(Event)).correlate(Event).scalar_subquery()
    structure = sa.func.coalesce(Registration.structure_mark, marked(structure_key(), salt))
    people, structures, present_people = session.execute(
        sa.select(
            sa.func.count(person.distinct()),
            sa.func.count(structure.distinct()).filter(
                (Registration.structure != "") | Registration.structure_mark.is_not(None)
            ),
            sa.func.count(person.distinct()).filter(came()),
        )
        .select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .outerjoin(Structure, Structure.id == Registration.structure_id)
        .where(Registration.id.in_(mine))
    ).one()

    def once_by(column: Any) -> list[tuple[str, int]]:
        number = sa.func.count(person.distinct())
        query = sa.select(column, number).where(Registration.id.in_(mine)).group_by(column)
        return [(row[0], row[1]) for row in session.execute(query.order_by(number.desc(), column))]

    def once_by_answer(question: str) -> list[tuple[str, int]]:
        several = sa.case((sa.func.jsonb_typeof(FormAnswer.value) == "array", FormAnswer.value), else_=sa.text("'[]'"))
        named = (
            sa.select(person.label("person"), sa.func.jsonb_array_elements_text(several).label("each"))
            .join(FormAnswer, FormAnswer.registration_id == Registration.id)
            .where(Registration.id.in_(mine), FormAnswer.question == question, ~FormAnswer.sensitive)
            .distinct()
            .subquery()
        )
        number = sa.func.count()
        query = sa.select(named.c.each, number).group_by(named.c.each).order_by(number.desc(), named.c.each)
        return [(row[0], row[1]) for row in session.execute(query)]

    return Report(
        held,
        people,
        structures,
        present_people,
        once_by(Registration.actor_type),
        once_by(Registration.department),
        once_by_answer(ZONES),
        once_by_answer(GOALS),
    )


def structure_key() -> sa.ColumnElement[str]:
    """Two names that the staff found to be one structure are one; a name that leads to none counts by itself."""
    return sa.func.coalesce(
        sa.cast(Structure.merged_into, sa.Text), sa.cast(Structure.id, sa.Text), sa.func.lower(Registration.structure)
    )


def marked(key: sa.ColumnElement[str], salt: Any) -> sa.ColumnElement[bytes]:
    """What the structure is counted by: the same before and after its name goes, and nothing to find it by."""
    return sa.func.sha256(sa.func.coalesce(salt, sa.literal(b"")).op("||")(sa.func.convert_to(key, "UTF8")))


def year_of(event: type[Event]) -> sa.ColumnElement[int]:
    """The year it begins in, in Paris."""
    return sa.cast(sa.func.date_part("year", sa.func.timezone("Europe/Paris", event.starts_at)), sa.Integer)


def stood_behind(session: Session, name: str) -> bool:
    """Whether `name` organised, funded or supported anything, in whichever year."""
    return bool(session.scalar(sa.select(sa.exists().where(_public() & _behind(name)))))


def partners(session: Session, first: dt.datetime, after: dt.datetime) -> list[str]:
    """Who organised, funded or supported something in the period, alone or with others."""
    first_of_all = sa.select(Event.organiser_name).where(_period(first, after))
    others = sa.select(EventPartner.name).join(Event, Event.id == EventPartner.event_id).where(_period(first, after))
    return sorted({name for name in session.scalars(first_of_all.union(others)) if name}, key=str.casefold)


def _period(first: dt.datetime, after: dt.datetime) -> sa.ColumnElement[bool]:
    return (Event.starts_at >= first) & (Event.starts_at < after) & _public()


def _public() -> sa.ColumnElement[bool]:
    return Event.state.not_in(("draft", "called_off"))


def roles(session: Session, name: str, first: dt.datetime, after: dt.datetime) -> dict[uuid.UUID, list[str]]:
    """What `name` did for each event of the period that it stands behind; an empty list where it is the organiser."""
    part = aliased(EventPartner)
    query = (
        sa.select(Event.id, part.role)
        .outerjoin(part, (part.event_id == Event.id) & (part.name == name))
        .where(_period(first, after) & _behind(name))
        .order_by(Event.id, part.position)
    )
    found: dict[uuid.UUID, list[str]] = {}
    for event_id, role in session.execute(query):
        found.setdefault(event_id, []).extend([role] if role else [])
    return found


def _behind(name: str) -> sa.ColumnElement[bool]:
    if not name:
        return sa.true()
    too = sa.exists().where(EventPartner.event_id == Event.id, EventPartner.name == name)
    return (Event.organiser_name == name) | too


def years(session: Session) -> list[int]:
    """Years in which something was held, the latest first."""
    query = sa.select(year_of(Event)).where(_public()).distinct()
    return sorted(session.scalars(query), reverse=True)
