"""Who chose what of a programme."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.allocations import RankedWish
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry, WorkshopWish


def choosers(session: Session, workshop_id: uuid.UUID) -> list[uuid.UUID]:
    """Who wished this workshop: those with a seat in it in the order they got it, then the queue, then who waits for
    the event."""
    query = (
        sa.select(WorkshopWish.registration_id)
        .join(Registration, Registration.id == WorkshopWish.registration_id)
        .join(Quota, Quota.workshop_id == WorkshopWish.workshop_id)
        .outerjoin(
            SeatClaim,
            (SeatClaim.quota_id == Quota.id) & (SeatClaim.registration_id == WorkshopWish.registration_id),
        )
        .outerjoin(
            WaitingEntry,
            (WaitingEntry.quota_id == Quota.id) & (WaitingEntry.registration_id == WorkshopWish.registration_id),
        )
        .where(WorkshopWish.workshop_id == workshop_id, Registration.status != "cancelled")
        .order_by(
            SeatClaim.claimed_at.asc().nulls_last(),
            WaitingEntry.number.asc().nulls_last(),
            WorkshopWish.registration_id,
        )
    )
    return list(session.scalars(query))


def chosen_in(session: Session, workshop_id: uuid.UUID) -> int:
    """How many people chose this workshop."""
    query = (
        sa.select(sa.func.count())
        .select_from(WorkshopWish)
        .join(Registration, Registration.id == WorkshopWish.registration_id)
        .where(WorkshopWish.workshop_id == workshop_id, Registration.status != "cancelled")
    )
    return session.scalar(query) or 0


def in_both(session: Session, slot_id: uuid.UUID, other_id: uuid.UUID) -> int:
    """How many people chose a workshop in each of two slots."""
    found: set[uuid.UUID] = set()
    for table in (WorkshopWish.__table__, RankedWish.__table__):
        one, other = table.alias("one"), table.alias("other")
        query = (
            sa.select(one.c.registration_id)
            .join(other, other.c.registration_id == one.c.registration_id)
            .join(Registration, Registration.id == one.c.registration_id)
            .where(Registration.status != "cancelled", one.c.slot_id == slot_id, other.c.slot_id == other_id)
        )
        found |= set(session.scalars(query))
    return len(found)


def rankers(session: Session, workshop_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Who has one of these workshops among their ranked wishes."""
    query = (
        sa.select(RankedWish.registration_id)
        .join(Registration, Registration.id == RankedWish.registration_id)
        .where(RankedWish.workshop_id.in_(list(workshop_ids)), Registration.status != "cancelled")
    )
    return set(session.scalars(query))
