"""Who came, on whichever day of the event, and into which workshops. Next: services/registration/models/desk.py."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.registration.models.desk import Attendance
from services.registration.models.events import Workshop
from services.registration.models.registrations import Registration
from services.registration.models.workshop_attendance import WorkshopAttendance


def came(registration_id: Any = Registration.id) -> sa.ColumnElement[bool]:
    """Whether the desk let this person in, on one day at least."""
    return sa.exists().where(Attendance.registration_id == registration_id, Attendance.present)


def days_of() -> sa.ColumnElement[Any]:
    """The days on which the desk let the person in, as they are written; none for who never came."""
    day = sa.func.to_char(Attendance.day, "DD/MM/YYYY")
    return (
        sa.select(sa.func.array_agg(aggregate_order_by(day, Attendance.day)))
        .where(Attendance.registration_id == Registration.id, Attendance.present)
        .correlate(Registration)
        .scalar_subquery()
    )


def seen_in() -> sa.ColumnElement[Any]:
    """Titles of the workshops in which the person was seen, in their order; none for who was seen in none."""
    return (
        sa.select(sa.func.array_agg(aggregate_order_by(Workshop.title, Workshop.starts_at)))
        .select_from(WorkshopAttendance)
        .join(Workshop, Workshop.id == WorkshopAttendance.workshop_id)
        .where(WorkshopAttendance.registration_id == Registration.id)
        .correlate(Registration)
        .scalar_subquery()
    )
