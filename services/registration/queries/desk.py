"""What a desk may know of people, and how the door stands. Next: services/registration/models/desk.py."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.desk import Attendance, Desk, DeskOperation, WalkIn
from services.registration.models.events import Workshop
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim


def people(session: Session, event_id: uuid.UUID) -> list[dict[str, Any]]:
    """Name, structure, meal, room, access flag, how they stand: nothing else leaves for a device at the door.

    The ticket is what their QR code says. What the access need is stays here.
    """
    rooms = (
        sa.select(sa.func.string_agg(sa.distinct(Workshop.room), ", "))
        .select_from(SeatClaim)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .join(Workshop, Workshop.id == Quota.workshop_id)
        .where(SeatClaim.registration_id == Registration.id, Workshop.room != "")
        .correlate(Registration)
        .scalar_subquery()
    )
    needs = sa.exists().where(
        FormAnswer.registration_id == Registration.id, FormAnswer.question.in_(("access_needs", "companion"))
    )
    access = (
        (sa.func.coalesce(SensitiveAnswers.access, "") != "")
        | sa.func.coalesce(SensitiveAnswers.call_back, False)
        | needs
    )
    query = (
        sa.select(
            Registration.id,
            Registration.ticket,
            Registration.first_name,
            Registration.last_name,
            Registration.structure,
            Registration.meal,
            rooms,
            access,
            Registration.status == "wait_listed",
            sa.func.coalesce(Attendance.present, False),
            sa.func.coalesce(Attendance.version, 0),
        )
        .outerjoin(Attendance, Attendance.registration_id == Registration.id)
        .outerjoin(SensitiveAnswers, SensitiveAnswers.registration_id == Registration.id)
        .where(Registration.event_id == event_id)
        .where((Registration.status != "cancelled") | Attendance.present)
        .order_by(Registration.name_key, Registration.id)
    )
    names = "id ticket first_name last_name structure meal room access waiting present version".split()
    return [
        dict(zip(names, row, strict=True)) | {"id": str(row[0]), "room": row[6] or ""} for row in session.execute(query)
    ]


def doubles(session: Session, event_id: uuid.UUID, desk_id: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """People that two desks admitted, oldest first; only those that concern `desk_id` when it is given."""
    second, first = aliased(Desk), aliased(Desk)
    query = (
        sa.select(DeskOperation.id, Registration, second.number, DeskOperation.at, first.number, DeskOperation.reason)
        .join(Registration, Registration.id == DeskOperation.registration_id)
        .join(second, second.id == DeskOperation.desk_id)
        .join(first, first.id == DeskOperation.other_desk_id)
        .where(Registration.event_id == event_id, DeskOperation.outcome == "conflict", DeskOperation.present)
        .order_by(DeskOperation.received_at, DeskOperation.id)
    )
    if desk_id is not None:
        query = query.where((DeskOperation.desk_id == desk_id) | (DeskOperation.other_desk_id == desk_id))
    return [
        {
            "id": str(row[0]),
            "registration_id": str(row[1].id),
            "name": row[1].full_name,
            "desk": row[2],
            "at": row[3].isoformat(),
            "first_desk": row[4],
            "reason": row[5],
        }
        for row in session.execute(query)
    ]


def desks(session: Session, event_id: uuid.UUID) -> list[Desk]:
    return list(session.scalars(sa.select(Desk).where(Desk.event_id == event_id).order_by(Desk.number)))


def count(session: Session, event_id: uuid.UUID) -> tuple[int, int]:
    """(people in the building, those of them without a seat)."""
    query = (
        sa.select(sa.func.count(), sa.func.count().filter(WalkIn.beyond_capacity))
        .select_from(Attendance)
        .join(Registration, Registration.id == Attendance.registration_id)
        .outerjoin(WalkIn, WalkIn.registration_id == Registration.id)
        .where(Registration.event_id == event_id, Attendance.present)
    )
    row = session.execute(query).one()
    return row[0], row[1]
