"""Who was seen in which workshop. Next: services/registration/models/workshop_attendance.py."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Slot, Workshop
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim
from services.registration.models.workshop_attendance import WorkshopAttendance
from services.registration.queries.attendance import came
from services.registration.queries.desk import asks_for_help


@dataclass(frozen=True)
class Person:
    """As little of somebody of the event as the door of a workshop needs. `access`: they asked for help, not which."""

    id: uuid.UUID
    name: str
    structure: str
    access: bool


@dataclass(frozen=True)
class Sight:
    """What is written of somebody in a slot. `workshop_id`: where they were seen last; None: nowhere, after all."""

    registration_id: uuid.UUID
    slot_id: uuid.UUID
    version: int
    workshop_id: uuid.UUID | None
    at: dt.datetime | None


def everybody(session: Session, event_id: uuid.UUID) -> list[Person]:
    """Who may be in the building, by name: whoever gave up their place counts once they were seen. One statement."""
    query = (
        sa.select(Registration, asks_for_help())
        .outerjoin(SensitiveAnswers, SensitiveAnswers.registration_id == Registration.id)
        .where(Registration.event_id == event_id, (Registration.status != "cancelled") | came())
        .order_by(Registration.name_key, Registration.id)
    )
    return [Person(one.id, one.full_name, one.structure, access) for one, access in session.execute(query)]


def slots(session: Session, event_id: uuid.UUID) -> list[dict[str, Any]]:
    """Each slot in its order with its workshops, as a desk at their doors names them. One statement."""
    query = (
        sa.select(Slot, Workshop, Quota.capacity)
        .join(Workshop, Workshop.slot_id == Slot.id)
        .join(Quota, Quota.workshop_id == Workshop.id)
        .where(Slot.event_id == event_id)
        .order_by(Slot.starts_at, Slot.position, Slot.id, Workshop.position)
    )
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for slot, workshop, capacity in session.execute(query):
        about = {"id": slot.id, "label": slot.label, "starts_at": slot.starts_at, "workshops": []}
        room = {"id": workshop.id, "title": workshop.title, "room": workshop.room, "capacity": capacity}
        found.setdefault(slot.id, about)["workshops"].append(room)
    return list(found.values())


def sights(session: Session, slot_ids: list[uuid.UUID]) -> list[Sight]:
    """All that is written of these slots. One statement."""
    query = sa.select(WorkshopAttendance).where(WorkshopAttendance.slot_id.in_(slot_ids))
    query = query.where(WorkshopAttendance.version > 0).order_by(WorkshopAttendance.registration_id)
    return [
        Sight(one.registration_id, one.slot_id, one.version, one.workshop_id, one.at) for one in session.scalars(query)
    ]


@dataclass(frozen=True)
class Attended:
    """A workshop in which somebody was seen."""

    workshop: Workshop
    at: dt.datetime


def attended(session: Session, registration_id: uuid.UUID) -> list[Attended]:
    """In the order of the programme. One statement."""
    query = (
        sa.select(Workshop, WorkshopAttendance.at)
        .join(WorkshopAttendance, WorkshopAttendance.workshop_id == Workshop.id)
        .where(WorkshopAttendance.registration_id == registration_id)
        .order_by(Workshop.starts_at, Workshop.position)
    )
    return [Attended(workshop, at) for workshop, at in session.execute(query) if at is not None]


def attended_by_each(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, list[Workshop]]:
    """The workshops in which each person of the event was seen, in their order. One statement."""
    query = (
        sa.select(WorkshopAttendance.registration_id, Workshop)
        .join(Workshop, Workshop.id == WorkshopAttendance.workshop_id)
        .join(Slot, Slot.id == Workshop.slot_id)
        .where(Slot.event_id == event_id)
        .order_by(Workshop.starts_at, Workshop.position)
    )
    found: dict[uuid.UUID, list[Workshop]] = {}
    for who, workshop in session.execute(query):
        found.setdefault(who, []).append(workshop)
    return found


def seen_in(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, list[Registration]]:
    """Who was seen in each workshop of the event, by name. One statement."""
    query = (
        sa.select(Workshop.id, Registration)
        .join(WorkshopAttendance, WorkshopAttendance.workshop_id == Workshop.id)
        .join(Registration, Registration.id == WorkshopAttendance.registration_id)
        .where(Registration.event_id == event_id)
        .order_by(Registration.name_key, Registration.id)
    )
    found: dict[uuid.UUID, list[Registration]] = {}
    for workshop_id, person in session.execute(query):
        found.setdefault(workshop_id, []).append(person)
    return found


@dataclass(frozen=True)
class Turnout:
    """Of one workshop: how many were seen in it, and how many of them have a seat there."""

    seen: int
    expected: int


def turnouts(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, Turnout]:
    """Workshops in which somebody was seen. One statement."""
    seated = sa.exists().where(
        SeatClaim.registration_id == WorkshopAttendance.registration_id,
        SeatClaim.quota_id == Quota.id,
        SeatClaim.state == "confirmed",
    )
    query = (
        sa.select(WorkshopAttendance.workshop_id, sa.func.count(), sa.func.count().filter(seated))
        .join(Quota, Quota.workshop_id == WorkshopAttendance.workshop_id)
        .where(Quota.event_id == event_id)
        .group_by(WorkshopAttendance.workshop_id)
    )
    return {workshop: Turnout(seen, expected) for workshop, seen, expected in session.execute(query) if workshop}
