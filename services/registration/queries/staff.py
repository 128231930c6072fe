"""What the staff's pages list, count and export."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.registration.models.allocations import RankedWish
from services.registration.models.desk import WalkIn
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.lists import RegistrationMark
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim, WorkshopWish
from services.registration.queries.attendance import days_of, seen_in
from services.registration.queries.forms import asking
from services.registration.queries.mails import FATES
from services.registration.queries.selection import Wanted, matching, saying
from services.registration.rules.people import email_key

PAGE = 50
SORTS = {
    "name": (Registration.name_key, Registration.id),
    "structure": (sa.func.lower(Registration.structure), Registration.name_key, Registration.id),
    "registered": (Registration.registered_at, Registration.id),
}


def events(session: Session) -> list[Event]:
    """All events, the latest first."""
    return list(session.scalars(sa.select(Event).order_by(Event.starts_at.desc()).limit(200)))


def beyond(session: Session, events: Sequence[Event]) -> dict[uuid.UUID, int]:
    """How many were let in at the door of each event when no seat was left; none where nobody was."""
    query = (
        sa.select(Registration.event_id, sa.func.count())
        .join(WalkIn, WalkIn.registration_id == Registration.id)
        .where(WalkIn.beyond_capacity, Registration.status == "confirmed")
        .where(Registration.event_id.in_([one.id for one in events]))
        .group_by(Registration.event_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def anywhere(session: Session, search: str, address: str = "") -> list[sa.Row[tuple[Registration, Event, bool]]]:
    """Who telephones, at whichever event: (registration, its event, whether a mail did not reach them).

    address: theirs, whole, instead of words. The latest event first; fifty at most.
    """
    query = (
        sa.select(Registration, Event, FATES.unarrived(Registration.id))
        .join(Event, Event.id == Registration.event_id)
        .where(*([Registration.email_key == email_key(address)] if address else saying(search)))
        .order_by(Event.starts_at.desc(), Event.id, *SORTS["name"])
        .limit(PAGE)
    )
    return list(session.execute(query))


def registrations(
    session: Session, event_id: uuid.UUID, wanted: Wanted, *, page: int = 1, more: Any = None
) -> list[tuple[Registration, list[str], list[str], list[str], Any]]:
    """One page of people, each with their workshops in words, or their wishes while they wait; their ranked wishes as
    long as these are all they have; their marks; and `more`, one column of the caller's."""
    order = SORTS[wanted.sort]
    query = (
        sa.select(Registration, _workshops_of(), _ranked_of("{}"), marks_of(), sa.null() if more is None else more)
        .where(*matching(event_id, wanted))
        .order_by(*[one.desc() if wanted.descending else one for one in order])
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return [
        (row[0], list(row[1] or []), [] if row[1] else list(row[2] or []), list(row[3] or []), row[4])
        for row in session.execute(query)
    ]


def marks_of() -> sa.ColumnElement[Any]:
    """The words that the staff put on the person."""
    return (
        sa.select(sa.func.array_agg(aggregate_order_by(RegistrationMark.label, RegistrationMark.label)))
        .where(RegistrationMark.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )


def _workshops_of(mark: str = "") -> sa.ColumnElement[Any]:
    """Titles of the workshops that the person has a seat in, in the order of the day.

    Who waits for the event has no seat anywhere: the wishes that are kept for them, each followed by `mark`.
    """
    seats = (
        sa.select(sa.func.array_agg(aggregate_order_by(Workshop.title, Workshop.starts_at)))
        .select_from(SeatClaim)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .join(Workshop, Workshop.id == Quota.workshop_id)
        .where(SeatClaim.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )
    wishes = (
        sa.select(sa.func.array_agg(aggregate_order_by(Workshop.title + mark, Workshop.starts_at)))
        .select_from(WorkshopWish)
        .join(Workshop, Workshop.id == WorkshopWish.workshop_id)
        .where(WorkshopWish.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )
    return sa.case((Registration.status == "wait_listed", wishes), else_=seats)


def _ranked_of(mark: str) -> sa.ColumnElement[Any]:
    """Titles of the workshops that somebody wishes for, slot by slot, each with its rank where `mark` says {}."""
    rank = sa.func.replace(mark, "{}", sa.cast(RankedWish.rank, sa.Text))
    return (
        sa.select(
            sa.func.array_agg(
                aggregate_order_by(Workshop.title + " " + rank, Slot.starts_at, Slot.position, Slot.id, RankedWish.rank)
            )
        )
        .select_from(RankedWish)
        .join(Workshop, Workshop.id == RankedWish.workshop_id)
        .join(Slot, Slot.id == RankedWish.slot_id)
        .where(RankedWish.registration_id == Registration.id, Registration.status != "cancelled")
        .correlate(Registration)
        .scalar_subquery()
    )


def export(
    session: Session,
    event_id: uuid.UUID,
    wanted: Wanted,
    *,
    sensitive: bool,
    mark: str,
    ranked: str,
    more: Any = None,
) -> Iterator[tuple[Any, ...]]:
    """Rows for the CSV, streamed from the server: ten thousand never stand in memory.

    mark: what follows a workshop that is only wished, as long as the person waits for the event. ranked: what follows
    one wished at rank {}, as long as the wishes have brought nothing.
    Without `sensitive`, diet and access needs are not even read. more: one more column.
    """
    listed = Registration.form_version_id.is_(None)  # what a list did not say is nothing
    columns: list[Any] = [
        Registration.reference,
        Registration.state,
        Registration.last_name,
        Registration.first_name,
        Registration.email,
        Registration.phone,
        Registration.structure,
        Registration.function,
        Registration.actor_type,
        Registration.department,
        sa.case(
            (Registration.meal | listed | asking(session, event_id, "meal"), Registration.meal)
        ),  # unasked: no "no"
        Registration.participant_list,
        Registration.carpool,
        Registration.photo,
        Registration.newsletter,
        Registration.registered_at,
        sa.func.coalesce(_workshops_of(mark), _ranked_of(ranked)),
        days_of(),
        seen_in(),
        marks_of(),
        Registration.staff_note,
    ]
    query = sa.select(*columns).where(*matching(event_id, wanted)).order_by(*SORTS["name"])
    if sensitive:
        query = query.add_columns(
            SensitiveAnswers.diet, SensitiveAnswers.diet_note, SensitiveAnswers.access, SensitiveAnswers.call_back
        ).outerjoin(SensitiveAnswers, SensitiveAnswers.registration_id == Registration.id)
    if more is not None:
        query = query.add_columns(more)
    for row in session.execute(query, execution_options={"yield_per": 500}):
        yield tuple(row)


@dataclass(frozen=True)
class Figures:
    """How an event stands. `per_day` has every day from the first registration to `until`, oldest first."""

    per_day: list[tuple[dt.date, int]]
    by_type: list[tuple[str, int]]
    by_department: list[tuple[str, int]]
    by_state: dict[str, int]
    meals: int
    beyond: int
    """Of the certain ones, those let in at the door when no seat was left."""


def figures(session: Session, event_id: uuid.UUID, until: dt.datetime) -> Figures:
    """Four statements. Cancelled registrations, and those passed on, count in `by_state` only."""
    living = (Registration.event_id == event_id) & (Registration.status != "cancelled")
    day = sa.cast(sa.func.timezone("Europe/Paris", Registration.registered_at), sa.Date)

    def grouped(column: Any, condition: Any) -> list[tuple[Any, int]]:
        query = sa.select(column, sa.func.count()).where(condition).group_by(column).order_by(sa.func.count().desc())
        return [(row[0], row[1]) for row in session.execute(query)]

    days = dict(grouped(day, living))
    per_day: list[tuple[dt.date, int]] = []
    if days:
        first, last = min(days), max(max(days), min(until.date(), max(days) + dt.timedelta(days=30)))
        per_day = [
            (one, days.get(one, 0))
            for one in (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
        ]
    rows = session.execute(
        sa.select(
            Registration.state,
            sa.func.count(),
            sa.func.count().filter(Registration.meal.is_(True)),
            sa.func.count().filter(WalkIn.beyond_capacity),
        )
        .outerjoin(WalkIn, WalkIn.registration_id == Registration.id)
        .where(Registration.event_id == event_id)
        .group_by(Registration.state)
    ).all()
    return Figures(
        per_day,
        grouped(Registration.actor_type, living),
        grouped(Registration.department, living),
        {state: number for state, number, _, _ in rows},
        sum(meals for state, _, meals, _ in rows if state == "confirmed"),
        sum(beyond for state, _, _, beyond in rows if state == "confirmed"),
    )


def workshops(session: Session, event_id: uuid.UUID) -> list[tuple[Slot, Workshop]]:
    query = (
        sa.select(Slot, Workshop)
        .join(Workshop, Workshop.slot_id == Slot.id)
        .where(Slot.event_id == event_id)
        .order_by(Slot.starts_at, Workshop.position)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
