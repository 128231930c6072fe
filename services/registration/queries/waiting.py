"""Who waits for what, for the staff."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Workshop
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry


@dataclass(frozen=True)
class Waiter:
    """One line of a queue. `workshop` is "" for the event's own; `until` is set while a seat is offered. Those who wait
    together have one rank, that of the first of them."""

    registration_id: uuid.UUID
    name: str
    workshop: str
    rank: int | None
    together: bool
    since: dt.datetime
    until: dt.datetime | None


def queues(session: Session, event_id: uuid.UUID) -> list[Waiter]:
    """Offers first, then everyone in the order of their queue. Two statements."""
    name = Registration.first_name + " " + Registration.last_name
    title = sa.func.coalesce(Workshop.title, "")
    order = (Quota.kind, title)
    offered = (
        sa.select(Registration.id, name, title, SeatClaim.claimed_at, SeatClaim.expires_at)
        .select_from(SeatClaim)
        .join(Registration, Registration.id == SeatClaim.registration_id)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .outerjoin(Workshop, Workshop.id == Quota.workshop_id)
        .where(Quota.event_id == event_id, SeatClaim.state == "held")
        .order_by(*order, SeatClaim.expires_at, Registration.id)
    )
    party = sa.func.coalesce(WaitingEntry.party_id, WaitingEntry.id)
    rank = sa.func.row_number().over(partition_by=WaitingEntry.quota_id, order_by=WaitingEntry.number)
    waiting = (
        sa.select(Registration.id, name, title, rank, WaitingEntry.joined_at, party)
        .select_from(WaitingEntry)
        .join(Registration, Registration.id == WaitingEntry.registration_id)
        .join(Quota, Quota.id == WaitingEntry.quota_id)
        .outerjoin(Workshop, Workshop.id == Quota.workshop_id)
        .where(Quota.event_id == event_id)
        .order_by(*order, WaitingEntry.number)
        .limit(2000)
    )
    queued = session.execute(waiting).all()
    first: dict[tuple[str, uuid.UUID], int] = {}
    for _who, _said, room, place, _since, unit in queued:
        first.setdefault((room, unit), place)
    sizes = Counter((room, unit) for _who, _said, room, _place, _since, unit in queued)
    return [
        *(
            Waiter(who, said, room, None, False, since, until)
            for who, said, room, since, until in session.execute(offered)
        ),
        *(
            Waiter(who, said, room, first[room, unit], sizes[room, unit] > 1, since, None)
            for who, said, room, _place, since, unit in queued
        ),
    ]
