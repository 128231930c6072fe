"""What a desk may know of people, and how the door stands. Next: services/registration/models/desk.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.desk import Attendance, Desk, DeskOperation, WalkIn
from services.registration.models.events import Event, Workshop
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries.attendance import came
from services.registration.rules import days as days_of


@dataclass(frozen=True)
class Door:
    """How the door stands on one day. `expected`: who has a seat or is in already. `by_desk`: people in, by the desk
    that admitted them. `arrivals`: (start of a step, how many came in it), latest date in Paris, empty steps included.
    `by_day`: how many came on each day, those included on which nobody did."""

    day: dt.date
    present: int
    beyond: int
    expected: int
    by_desk: dict[uuid.UUID, int]
    arrivals: list[tuple[dt.datetime, int]]
    by_day: dict[dt.date, int]


STEP = dt.timedelta(minutes=5)


def people(session: Session, event: Event, now: dt.datetime) -> list[dict[str, Any]]:
    """Name, structure, meal, rooms, access flag, how they stand: nothing else leaves for a device at the door.

    The ticket is what their QR code says. What the access need is stays here. `present` and `version` are of the day of
    `now`, as a page understands them that knows of no days; `days` has each day on which something was written,
    `announced` those that the person named in the form, none when it did not ask or they did not say.
    """
    days = days_of.of(event.starts_at, event.ends_at)
    today = days_of.at(now, days)
    own = {one.isoformat() for one in days}  # who answered before the meeting moved named other ones
    rooms = (
        sa.select(sa.func.string_agg(sa.distinct(Workshop.room), ", "))
        .select_from(SeatClaim)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .join(Workshop, Workshop.id == Quota.workshop_id)
        .where(SeatClaim.registration_id == Registration.id, Workshop.room != "")
        .correlate(Registration)
        .scalar_subquery()
    )
    seats = (
        sa.select(sa.func.array_agg(Quota.workshop_id))
        .select_from(SeatClaim)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .where(SeatClaim.registration_id == Registration.id, SeatClaim.state == "confirmed")
        .where(Quota.workshop_id.is_not(None))
        .correlate(Registration)
        .scalar_subquery()
    )
    announced = (
        sa.select(FormAnswer.value)
        .where(FormAnswer.registration_id == Registration.id, FormAnswer.question == "days", ~FormAnswer.sensitive)
        .correlate(Registration)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Registration.id,
            Registration.ticket,
            Registration.first_name,
            Registration.last_name,
            Registration.structure,
            sa.func.coalesce(Registration.meal, sa.false()),
            rooms,
            asks_for_help(),
            Registration.status == "wait_listed",
            announced,
            seats,
        )
        .outerjoin(SensitiveAnswers, SensitiveAnswers.registration_id == Registration.id)
        .where(Registration.event_id == event.id)
        .where((Registration.status != "cancelled") | came())
        .order_by(Registration.name_key, Registration.id)
    )
    attended: dict[uuid.UUID, list[Attendance]] = {}
    known = sa.select(Attendance).join(Registration).where(Registration.event_id == event.id, Attendance.version > 0)
    for one in session.scalars(known.order_by(Attendance.day)):
        attended.setdefault(one.registration_id, []).append(one)
    names = "id ticket first_name last_name structure meal room access waiting announced workshops".split()
    return [
        dict(zip(names, row, strict=True))
        | {
            "id": str(row[0]),
            "room": row[6] or "",
            "announced": [day for day in row[9] if day in own] if isinstance(row[9], list) else [],
            "workshops": row[10] or [],
        }
        | _attended(attended.get(row[0], []), today, days)
        for row in session.execute(query)
    ]


def asks_for_help() -> sa.ColumnElement[bool]:
    """Whether somebody should see the person who helps with access: not what for. Join SensitiveAnswers, outer."""
    needs = sa.exists().where(
        FormAnswer.registration_id == Registration.id, FormAnswer.question.in_(("access_needs", "companion"))
    )
    written = sa.func.coalesce(SensitiveAnswers.access, "") != ""
    return written | sa.func.coalesce(SensitiveAnswers.call_back, False) | needs


def taken_back(session: Session, event: Event, now: dt.datetime) -> list[dict[str, Any]]:
    """Who came without a registration, by mistake as a desk said later: what is written of their days, and no name.
    The device that registered them still knows them."""
    days = days_of.of(event.starts_at, event.ends_at)
    query = (
        sa.select(Attendance)
        .join(Registration)
        .join(WalkIn, WalkIn.registration_id == Registration.id)
        .where(Registration.event_id == event.id, Registration.status == "cancelled", Attendance.version > 0)
        .order_by(Attendance.registration_id, Attendance.day)
    )
    attended: dict[uuid.UUID, list[Attendance]] = {}
    for one in session.scalars(query):
        attended.setdefault(one.registration_id, []).append(one)
    today = days_of.at(now, days)
    gone = {who: rows for who, rows in attended.items() if not any(one.present for one in rows)}  # others are people()
    return [{"id": who} | _attended(rows, today, days) for who, rows in gone.items()]


def _attended(rows: list[Attendance], today: dt.date, days: list[dt.date]) -> dict[str, Any]:
    versions = {one.day: one.version for one in rows}
    return {
        "present": any(one.present and one.day == today for one in rows),
        "version": days_of.version_before(today, days, versions) + versions.get(today, 0),
        "days": [{"day": one.day, "present": one.present, "version": one.version} for one in rows],
    }


def doubles(
    session: Session, event_id: uuid.UUID, desk_id: uuid.UUID | None = None, *, day: dt.date | None = None
) -> list[dict[str, Any]]:
    """People that two desks admitted, oldest first; only those that concern `desk_id`, or of that `day`, when given."""
    second, first = aliased(Desk), aliased(Desk)
    query = (
        sa.select(DeskOperation, Registration, second.number, first.number)
        .join(Registration, Registration.id == DeskOperation.registration_id)
        .join(second, second.id == DeskOperation.desk_id)
        .join(first, first.id == DeskOperation.other_desk_id)
        .where(Registration.event_id == event_id, DeskOperation.outcome == "conflict", DeskOperation.present)
        .order_by(DeskOperation.received_at, DeskOperation.id)
    )
    if desk_id is not None:
        query = query.where((DeskOperation.desk_id == desk_id) | (DeskOperation.other_desk_id == desk_id))
    if day is not None:
        query = query.where(sa.func.coalesce(DeskOperation.day, day) == day)
    return [
        {
            "id": str(row[0].id),
            "registration_id": str(row[1].id),
            "name": row[1].full_name,
            "desk": row[2],
            "at": row[0].at.isoformat(),
            "first_desk": row[3],
            "first_at": row[0].other_at,
            "reason": row[0].reason,
        }
        for row in session.execute(query)
    ]


def namesakes(session: Session, event_id: uuid.UUID) -> Sequence[sa.Row[Registration, int, uuid.UUID]]:
    """Who came without a registration under the name of somebody else on the list, perhaps their own: (registration,
    number of the desk, the other’s id), in the order they came. Two newcomers are told once."""
    other, new = aliased(Registration), aliased(WalkIn)
    query = (
        sa.select(Registration, Desk.number, other.id)
        .select_from(WalkIn)
        .join(Registration, Registration.id == WalkIn.registration_id)
        .join(Desk, Desk.id == WalkIn.desk_id)
        .join(other, (other.event_id == Registration.event_id) & (other.name_key == Registration.name_key))
        .outerjoin(new, new.registration_id == other.id)
        .where(Registration.event_id == event_id, Registration.status != "cancelled", came())
        .where(other.status != "cancelled", new.registration_id.is_(None) | came(other.id))
        .where(other.id != Registration.id, new.registration_id.is_(None) | (other.id < Registration.id))
        .order_by(Registration.registered_at, Registration.id, other.id)
    )
    return session.execute(query).all()


def desks(session: Session, event_id: uuid.UUID) -> list[Desk]:
    return list(session.scalars(sa.select(Desk).where(Desk.event_id == event_id).order_by(Desk.number)))


def door(session: Session, event: Event, day: dt.date) -> Door:
    """Counted in four statements, however many people there are."""
    event_id = event.id
    that_day = Attendance.present & (Attendance.day == day)
    inside = (
        sa.select(Attendance.desk_id, sa.func.count(), sa.func.count().filter(WalkIn.beyond_capacity))
        .join(Registration, Registration.id == Attendance.registration_id)
        .outerjoin(WalkIn, WalkIn.registration_id == Registration.id)
        .where(Registration.event_id == event_id, that_day)
        .group_by(Attendance.desk_id)
    )
    rows = session.execute(inside).all()
    expected = (
        sa.select(sa.func.count())
        .select_from(Registration)
        .outerjoin(Attendance, (Attendance.registration_id == Registration.id) & that_day)
        .where(Registration.event_id == event_id, (Registration.status == "confirmed") | that_day)
    )
    counted = (
        sa.select(Attendance.day, sa.func.count())
        .join(Registration, Registration.id == Attendance.registration_id)
        .where(Registration.event_id == event_id, Attendance.present)
        .group_by(Attendance.day)
    )
    came_on = {row[0]: row[1] for row in session.execute(counted)}
    days = sorted({*days_of.of(event.starts_at, event.ends_at), *came_on})
    return Door(
        day=day,
        present=sum(row[1] for row in rows),
        beyond=sum(row[2] for row in rows),
        expected=session.scalar(expected) or 0,
        by_desk={row[0]: row[1] for row in rows if row[0] is not None},
        arrivals=_arrivals(session, event_id, day),
        by_day={one: came_on.get(one, 0) for one in days},
    )


def _arrivals(session: Session, event_id: uuid.UUID, day: dt.date) -> list[tuple[dt.datetime, int]]:
    """Those noted afterwards are left out: when they came nobody knows."""
    start = sa.func.date_bin(STEP, Attendance.at, sa.cast("2000-01-01T00:00Z", sa.DateTime(timezone=True)))
    query = (
        sa.select(start, sa.func.count())
        .select_from(Attendance)
        .join(Registration, Registration.id == Attendance.registration_id)
        .where(
            Registration.event_id == event_id,
            Attendance.present,
            Attendance.day == day,
            Attendance.at < days_of.over(day),
        )
        .group_by(start)
        .order_by(start)
    )
    counted: dict[dt.datetime, int] = {row[0]: row[1] for row in session.execute(query)}
    if not counted:
        return []
    last = max(counted)
    first = min(at for at in counted if days_of.day_of(at) == days_of.day_of(last))
    return [(first + STEP * n, counted.get(first + STEP * n, 0)) for n in range((last - first) // STEP + 1)]
