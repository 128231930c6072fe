"""What must never be true. Run every night, after every concurrency test, and by whoever doubts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.desk import WalkIn
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from services.registration.queries.places import counted, quotas
from services.registration.rules.seats import next_in_line

_TAKEN = sa.select(sa.func.count()).where(SeatClaim.quota_id == Quota.id).correlate(Quota).scalar_subquery()
_WAITING = sa.select(sa.func.count()).where(WaitingEntry.quota_id == Quota.id).correlate(Quota).scalar_subquery()


def oversold(session: Session) -> list[sa.Row[Any]]:
    """(quota id, capacity, taken) of every quota with more live claims than seats."""
    return list(session.execute(sa.select(Quota.id, Quota.capacity, _TAKEN).where(Quota.capacity < _TAKEN)))


def idle_seats(session: Session) -> list[sa.Row[Any]]:
    """(quota id, free, waiting) of every quota with a free seat while someone waits who could sit there.

    A party that waits together for more seats than are free is nobody who could, nor is who waits beside a reserve
    of others.
    """
    smallest = (
        sa.select(sa.func.count().label("people"))
        .where(WaitingEntry.quota_id == Quota.id)
        .group_by(sa.func.coalesce(WaitingEntry.party_id, WaitingEntry.id))
        .order_by(sa.func.count())
        .limit(1)
        .correlate(Quota)
        .scalar_subquery()
    )
    query = sa.select(Quota.id, Quota.capacity - _TAKEN, _WAITING).where(Quota.capacity - _TAKEN >= smallest)
    found = list(session.execute(query))
    counts = {count.quota_id: count for _, count in counted(session, quotas.c.id.in_([row.id for row in found]))}
    queue = sa.select(WaitingEntry.number, WaitingEntry.party_id, Registration.actor_type)
    queue = queue.join(Registration, Registration.id == WaitingEntry.registration_id).order_by(WaitingEntry.number)

    def could_sit(quota_id: int) -> bool:
        waiting = session.execute(queue.where(WaitingEntry.quota_id == quota_id))
        return bool(next_in_line(counts[quota_id], [(row.number, row.party_id, row.actor_type) for row in waiting]))

    return [row for row in found if could_sit(row.id)]


def drifted(session: Session) -> list[sa.Row[Any]]:
    """(registration id, status) of every registration whose status and event seat disagree."""
    of_event = Quota.kind == "event"
    claim = sa.exists().where(SeatClaim.registration_id == Registration.id, SeatClaim.quota_id == Quota.id, of_event)
    seated = claim.where(SeatClaim.state == "confirmed").correlate(Registration)
    offered = claim.where(SeatClaim.state == "held").correlate(Registration)
    queued = (
        sa.exists()
        .where(WaitingEntry.registration_id == Registration.id, WaitingEntry.quota_id == Quota.id, of_event)
        .correlate(Registration)
    )
    # Who came without a registration when no seat was left is in the room all the same, and marked so.
    beyond = sa.exists().where(WalkIn.registration_id == Registration.id, WalkIn.beyond_capacity)
    beyond = beyond.correlate(Registration)
    right = sa.case(
        (Registration.status == "confirmed", (seated | beyond) & ~queued & ~offered),
        (Registration.status == "wait_listed", (queued != offered) & ~seated),
        else_=~seated & ~queued & ~offered,
    )
    return list(session.execute(sa.select(Registration.id, Registration.status).where(~right)))
