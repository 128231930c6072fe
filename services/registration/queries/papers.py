"""Who stands on the papers of the day. Next: services/registration/papers.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.desk import Attendance
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries import attendance


def confirmed(session: Session, event_id: uuid.UUID) -> Sequence[Registration]:
    """Everybody whose place is certain, by name."""
    query = sa.select(Registration).where(Registration.event_id == event_id, Registration.status == "confirmed")
    return session.scalars(query.order_by(Registration.name_key, Registration.id)).all()


def on_the_list(session: Session, event_id: uuid.UUID) -> list[tuple[str, str]]:
    """Name and structure of those with a certain place who agreed to stand on the list given to everybody, by name."""
    query = sa.select(Registration).where(
        Registration.event_id == event_id, Registration.status == "confirmed", Registration.participant_list
    )
    found = session.scalars(query.order_by(Registration.name_key, Registration.id))
    return [(one.full_name, one.structure) for one in found]


def by_workshop(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, list[Registration]]:
    """Who has a certain seat in which workshop, by name. One statement."""
    query = (
        sa.select(Quota.workshop_id, Registration)
        .join(SeatClaim, SeatClaim.quota_id == Quota.id)
        .join(Registration, Registration.id == SeatClaim.registration_id)
        .where(
            Registration.event_id == event_id,
            Registration.status == "confirmed",
            SeatClaim.state == "confirmed",
            Quota.workshop_id.is_not(None),
        )
        .order_by(Registration.name_key, Registration.id)
    )
    found: dict[uuid.UUID, list[Registration]] = {}
    for workshop_id, registration in session.execute(query):
        assert workshop_id is not None
        found.setdefault(workshop_id, []).append(registration)
    return found


def came(session: Session, event_id: uuid.UUID) -> Sequence[Registration]:
    """Those whom the desk let in, by name: nobody else gets a certificate."""
    query = sa.select(Registration).where(Registration.event_id == event_id, attendance.came())
    return session.scalars(query.order_by(Registration.name_key, Registration.id)).all()


def days_of(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, list[dt.date]]:
    """On which days each of those was let in, in order."""
    query = (
        sa.select(Attendance.registration_id, Attendance.day)
        .join(Registration, Registration.id == Attendance.registration_id)
        .where(Registration.event_id == event_id, Attendance.present)
        .order_by(Attendance.registration_id, Attendance.day)
    )
    found: dict[uuid.UUID, list[dt.date]] = {}
    for registration_id, day in session.execute(query):
        found.setdefault(registration_id, []).append(day)
    return found


def has_come(session: Session, registration_id: uuid.UUID) -> bool:
    """Whether this person was checked in."""
    return bool(session.scalar(_HAS_COME, {"who": registration_id}))


_HAS_COME = sa.select(Attendance.present).where(Attendance.registration_id == sa.bindparam("who"), Attendance.present)
