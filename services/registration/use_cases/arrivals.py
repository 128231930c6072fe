"""Step 2 of nine for who is in the building: what others are told of somebody's days. Next: announce/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.desk import Attendance
from services.registration.models.registrations import Registration
from services.registration.rules import days


def tell(session: Session, person: Registration, theirs: Iterable[Attendance], changed: Attendance) -> None:
    """Others are told the last day on which somebody came: an entry noted afterwards for an earlier day, or taken
    back, changes nothing of it. One noted afterwards is told at the end of its day, not as an arrival of today.
    `theirs`: all that is written of this person's days."""
    came = [one for one in theirs if one.present]
    last = max(came, key=lambda one: one.day, default=changed)
    if last.day > changed.day:
        return
    assert last.at is not None
    at = min(last.at, days.over(last.day) - dt.timedelta(seconds=1))
    announce.attendance(session, person, present=last.present, at=at)
