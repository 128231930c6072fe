"""Who came, on whichever day of the event. Next: services/registration/models/desk.py."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.registration.models.desk import Attendance
from services.registration.models.registrations import Registration


def came(registration_id: Any = Registration.id) -> sa.ColumnElement[bool]:
    """Whether the desk let this person in, on one day at least."""
    return sa.exists().where(Attendance.registration_id == registration_id, Attendance.present)
