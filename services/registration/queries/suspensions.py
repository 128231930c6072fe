"""When an assembly was suspended, and when it went on: with whoever came back first."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, RoomEntry
from services.registration.rules.assembly import attendance
from shared import audit


def of(session: Session, assembly: Assembly) -> list[attendance.Suspension]:
    """In their order. Those from before they were written down are not among them."""
    when = audit.moments(session, "assembly", "suspended", assembly.id)
    if not when:
        return []
    came = session.scalars(
        sa.select(RoomEntry.at).where(RoomEntry.assembly_id == assembly.id, RoomEntry.what == attendance.ARRIVED)
    ).all()
    return [attendance.suspension(at, came) for at in when]


def standing(session: Session, assembly: Assembly) -> dt.datetime | None:
    """Since when the meeting is suspended; None where it goes on, or is over."""
    found = of(session, assembly) if assembly.state == "open" else []
    return found[-1].at if found and found[-1].resumed_at is None else None
