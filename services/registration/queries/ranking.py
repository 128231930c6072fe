"""Ranked wishes as pages, the allocation and the seats read them. Next: services/registration/rules/allocation.py."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.allocations import Allocation, AllocationResult, RankedWish
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from services.registration.queries.standing import Place, Standing
from services.registration.rules import allocation as rules


def terms(session: Session, event_id: uuid.UUID) -> Allocation | None:
    """The terms of an event that asks for ranks; None when its workshops go to the first who come."""
    return session.get(Allocation, event_id, populate_existing=True)


def wishes(session: Session, registration_id: uuid.UUID) -> list[uuid.UUID]:
    """The workshops wished, slot by slot, the dearest first."""
    query = (
        sa.select(RankedWish.workshop_id)
        .join(Slot, Slot.id == RankedWish.slot_id)
        .where(RankedWish.registration_id == registration_id)
        .order_by(Slot.starts_at, Slot.position, Slot.id, RankedWish.rank)
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class Round:
    """The rules' problem, and what its names stand for here."""

    problem: rules.Problem
    people: dict[str, uuid.UUID]
    slots: dict[str, uuid.UUID]
    labels: dict[str, str]
    titles: dict[str, str]
    quotas: dict[str, int]


def gather(session: Session, event: Event, seed: str) -> Round:
    """Everybody who is certain, by reference, with their wishes; every workshop with the seats it has. Two statements.

    Slots are named so that their order is that of the day.
    """
    names = {slot.id: f"{number:02} {slot.label}" for number, slot in enumerate(event.slots, start=1)}
    taken = sa.select(sa.func.count()).where(SeatClaim.quota_id == Quota.id).correlate(Quota).scalar_subquery()
    rooms = session.execute(
        sa.select(Workshop.id, Workshop.slot_id, Workshop.title, Quota.id, Quota.capacity - taken)
        .join(Quota, Quota.workshop_id == Workshop.id)
        .where(Quota.event_id == event.id)
        .order_by(Quota.id)
    ).all()
    people: dict[str, dict[str, list[str]]] = {}
    ids: dict[str, uuid.UUID] = {}
    asked = (
        sa.select(Registration.reference, Registration.id, RankedWish.slot_id, RankedWish.workshop_id)
        .join(RankedWish, RankedWish.registration_id == Registration.id)
        .where(Registration.event_id == event.id, Registration.status == "confirmed")
        .order_by(Registration.reference, RankedWish.slot_id, RankedWish.rank)
    )
    for reference, who, slot_id, workshop_id in session.execute(asked):
        people.setdefault(reference, {}).setdefault(names[slot_id], []).append(str(workshop_id))
        ids[reference] = who
    return Round(
        rules.Problem(seed, {str(row[0]): (names[row[1]], max(0, row[4])) for row in rooms}, people),
        ids,
        {name: slot_id for slot_id, name in names.items()},
        {name: name[3:] for name in names.values()},
        {str(row[0]): row[2] for row in rooms},
        {str(row[0]): row[3] for row in rooms},
    )


@dataclass(frozen=True)
class Better:
    """A workshop that somebody asked for more. `rank`: of the wish; `place`: in its queue; None when they left it."""

    workshop: Workshop
    rank: int
    place: int | None
    asked: int
    first: int
    seats: int


@dataclass(frozen=True)
class Outcome:
    """What came of the wishes of one slot. `workshop` is None for who has nothing there, `rank` also for who has
    something else than they wished. `late`: these wishes came after the allocation."""

    slot: Slot
    workshop: Workshop | None
    rank: int | None
    better: list[Better]
    late: bool


@dataclass(frozen=True)
class Explained:
    """One person's wishes: before the allocation with `due_at` only, after it with what came of each."""

    allocation: Allocation
    wished: list[tuple[Slot, list[Workshop]]]
    outcomes: list[Outcome]
    lot: int | None
    people: int


def explained(session: Session, found: Standing) -> Explained | None:
    """How this person's wishes fared; None when the event asks for no ranks, or they gave none."""
    allocation = found.event.allocation
    if allocation is None:
        return None
    ahead = (
        sa.select(sa.func.count())
        .where(WaitingEntry.quota_id == Quota.id, WaitingEntry.number <= _mine.c.number)
        .correlate(Quota, _mine)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Slot, Workshop, RankedWish.rank, SeatClaim.quota_id, sa.case((_mine.c.number.is_not(None), ahead)))
        .select_from(RankedWish)
        .join(Workshop, Workshop.id == RankedWish.workshop_id)
        .join(Slot, Slot.id == RankedWish.slot_id)
        .join(Quota, Quota.workshop_id == Workshop.id)
        .outerjoin(
            SeatClaim,
            (SeatClaim.quota_id == Quota.id)
            & (SeatClaim.registration_id == found.registration.id)
            & (SeatClaim.state == "confirmed"),
        )
        .outerjoin(_mine, (_mine.c.quota_id == Quota.id) & (_mine.c.registration_id == found.registration.id))
        .where(RankedWish.registration_id == found.registration.id)
        .order_by(Slot.starts_at, Slot.position, Slot.id, RankedWish.rank)
    ).all()
    if not rows:
        return None
    slots: dict[Slot, list[Any]] = {}
    for row in rows:
        slots.setdefault(row[0], []).append(row)
    wished = [(slot, [row[1] for row in of]) for slot, of in slots.items()]
    if allocation.made_at is None or allocation.record is None:
        return Explained(allocation, wished, [], None, 0)
    problem = rules.problem_of(allocation.record)
    asked = rules.asked(problem)
    lot = session.scalar(
        sa.select(AllocationResult.lot).where(AllocationResult.registration_id == found.registration.id)
    )
    considered = _considered(allocation.record, problem, lot)
    has = {place.slot.id: place.workshop for place in found.places if place.outcome == "confirmed"}
    outcomes = []
    for slot, of in slots.items():
        got = next((row for row in of if row[3] is not None), None)
        mine = [str(row[1].id) for row in of]
        late = not any([one for one in asked_then if one in mine] == mine for asked_then in considered)
        better = []
        for _slot, workshop, rank, _quota, place in of:
            if got is None or rank < got[2]:
                count, first, *_rest = asked.get(str(workshop.id), [0, 0])
                seats = problem.workshops.get(str(workshop.id), ("", 0))[1]
                better.append(Better(workshop, rank, place, count, first, seats))
        outcomes.append(Outcome(slot, got[1] if got else has.get(slot.id), got[2] if got else None, better, late))
    return Explained(allocation, wished, outcomes, lot, len(problem.people))


def _considered(record: Mapping[str, Any], problem: rules.Problem, lot: int | None) -> list[Sequence[str]]:
    """The wishes that the allocation knew of who drew this lot, slot by slot: theirs, or those of who passed it on."""
    who = next((who for who, number in record["lots"].items() if number == lot), "")
    return list(problem.people.get(who, {}).values())


def places(session: Session, quota_ids: list[int]) -> list[Place]:
    """Workshops as places that were certain, to call them off in a calendar."""
    rows = session.execute(
        sa.select(Quota.id, Workshop, Slot)
        .join(Workshop, Workshop.id == Quota.workshop_id)
        .join(Slot, Slot.id == Workshop.slot_id)
        .where(Quota.id.in_(quota_ids))
        .order_by(Quota.id)
    )
    return [Place(quota_id, workshop, slot, "confirmed", None) for quota_id, workshop, slot in rows]


_mine = WaitingEntry.__table__.alias("mine")
