"""Step 2 of nine: ranked wishes are kept, served when one comes late, and swapped in. Next: rules/allocation.py.

After the allocation, who got less than their first wish of a slot waits in the queues of the dearer ones. A seat that
comes free there moves them: the seat they leave goes on to whoever waits for it, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.allocations import Allocation, RankedWish
from services.registration.models.events import Event
from services.registration.queries.places import claims, counted, entries, quotas
from services.registration.rules import allocation as rules
from services.registration.rules import seats as seat_rules
from services.registration.rules.choices import N_
from services.registration.use_cases import seats
from shared.errors import RuleError

ranked = cast(sa.Table, RankedWish.__table__)


def chosen(event: Event, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The ranked wishes, checked: of this event, each once, three per slot at most, and none of one slot at the same
    time as one of another, so that whatever is allocated can be attended. Raises RuleError."""
    known = {workshop.id: workshop for workshop in event.workshops}
    if any(one not in known for one in ids):
        raise seats.workshop_gone()
    asked = [known[one] for one in dict.fromkeys(ids)]
    if any(sum(one.slot_id == slot.id for one in asked) > rules.MOST for slot in event.slots):
        raise RuleError("too-many-wishes", N_("Trois souhaits par créneau, pas plus."), status=422, field="workshops")
    for index, one in enumerate(asked):
        for other in asked[index + 1 :]:
            if one.slot_id != other.slot_id:
                seat_rules.refuse_overlap(
                    seat_rules.Session(each.id, each.title, each.starts_at, each.ends_at) for each in (one, other)
                )
    return [one.id for one in asked]


def keep(session: Session, registration_id: uuid.UUID, event: Event, ids: Sequence[uuid.UUID]) -> None:
    """Replace the ranked wishes of one person."""
    session.execute(sa.delete(ranked).where(ranked.c.registration_id == registration_id))
    of = {workshop.id: workshop.slot_id for workshop in event.workshops}
    count: dict[uuid.UUID, int] = {}
    rows = []
    for one in ids:
        count[of[one]] = count.get(of[one], 0) + 1
        rows.append(
            {"registration_id": registration_id, "slot_id": of[one], "rank": count[of[one]], "workshop_id": one}
        )
    if rows:
        session.execute(sa.insert(ranked).values(rows))


def made(session: Session, event_id: uuid.UUID) -> bool:
    """Whether this event's wishes were allocated. Under the event's lock the answer holds until the commit."""
    query = sa.select(Allocation.made_at.is_not(None)).where(Allocation.event_id == event_id)
    return bool(session.scalar(query))


def serve(session: Session, registration_id: uuid.UUID, now: dt.datetime) -> None:
    """Somebody who is certain now, after the allocation: in each slot the dearest wish that is free, and a place in
    the queue of each dearer one. Call under the event's lock."""
    rows = session.execute(
        sa.select(ranked.c.slot_id, ranked.c.workshop_id, quotas.c.id)
        .join(quotas, quotas.c.workshop_id == ranked.c.workshop_id)
        .where(ranked.c.registration_id == registration_id)
        .order_by(ranked.c.slot_id, ranked.c.rank)
    ).all()
    counts = {one.quota_id: one for _, one in counted(session, quotas.c.id.in_([row[2] for row in rows]))}
    taken: list[uuid.UUID] = []
    waits: list[tuple[uuid.UUID, int, uuid.UUID | None]] = []
    wished: dict[uuid.UUID, uuid.UUID] = {}
    for slot_id, workshop_id, quota_id in rows:
        if slot_id in taken:
            continue
        wished.setdefault(slot_id, workshop_id)
        if counts[quota_id].grants:
            wished[slot_id] = workshop_id
            taken.append(slot_id)
            seats.claim(session, [(registration_id, quota_id)], now)
        else:
            waits.append((registration_id, quota_id, None))
    seats.wish(session, registration_id, list(wished.values()))
    seats.queue(session, waits, now)


class _Gain(NamedTuple):
    rank: int
    quota_id: int
    workshop_id: uuid.UUID


def swap(session: Session, moved: Sequence[tuple[uuid.UUID, int]]) -> dict[uuid.UUID, list[int]]:
    """These people just got a seat in these workshops: they give back what they had at that time, and stop waiting
    for what they wish less. Returns the quotas that each gave back. Call under the event's lock."""
    given: dict[uuid.UUID, list[int]] = {}
    best: dict[tuple[uuid.UUID, uuid.UUID], _Gain] = {}
    for registration_id, quota_id in moved:
        row = session.execute(
            sa.select(ranked.c.slot_id, ranked.c.rank, ranked.c.workshop_id)
            .join(quotas, quotas.c.workshop_id == ranked.c.workshop_id)
            .where(ranked.c.registration_id == registration_id, quotas.c.id == quota_id)
        ).first()
        if row is not None:
            gain = _Gain(row.rank, quota_id, row.workshop_id)
            best[registration_id, row.slot_id] = min(gain, best.get((registration_id, row.slot_id), gain))
    for (registration_id, slot_id), gain in best.items():
        of_slot = sa.select(quotas.c.id).where(
            quotas.c.workshop_id.in_(sa.select(seats.workshops.c.id).where(seats.workshops.c.slot_id == slot_id))
        )
        mine = claims.c.registration_id == registration_id
        back = session.scalars(
            sa.delete(claims)
            .where(mine, claims.c.quota_id.in_(of_slot), claims.c.quota_id != gain.quota_id)
            .returning(claims.c.quota_id)
        ).all()
        dearer = (
            sa.select(quotas.c.id)
            .join(ranked, ranked.c.workshop_id == quotas.c.workshop_id)
            .where(ranked.c.registration_id == registration_id, ranked.c.rank < gain.rank)
        )
        session.execute(
            sa.delete(entries).where(
                entries.c.registration_id == registration_id,
                entries.c.quota_id.in_(of_slot),
                entries.c.quota_id.not_in(dearer),
            )
        )
        session.execute(
            sa.delete(seats.wishes).where(
                seats.wishes.c.registration_id == registration_id, seats.wishes.c.slot_id == slot_id
            )
        )
        seats.wish(session, registration_id, [gain.workshop_id])
        given[registration_id] = [*given.get(registration_id, []), *back]
    return given


def dearer_queues(session: Session, registration_id: uuid.UUID, workshop_ids: Sequence[uuid.UUID]) -> list[int]:
    """The queues of dearer wishes of the slots in which these workshops are: kept when such a workshop is kept."""
    slots = sa.select(seats.workshops.c.slot_id).where(seats.workshops.c.id.in_(list(workshop_ids)))
    held = sa.select(claims.c.quota_id).where(claims.c.registration_id == registration_id)
    kept = (
        sa.select(seats.workshops.c.slot_id)
        .join(quotas, quotas.c.workshop_id == seats.workshops.c.id)
        .where(quotas.c.id.in_(held), seats.workshops.c.id.in_(list(workshop_ids)))
    )
    query = (
        sa.select(quotas.c.id)
        .join(ranked, ranked.c.workshop_id == quotas.c.workshop_id)
        .where(ranked.c.registration_id == registration_id, ranked.c.slot_id.in_(slots), ranked.c.slot_id.in_(kept))
        .order_by(quotas.c.id)
    )
    return list(session.scalars(query))


def stay(session: Session, registration_id: uuid.UUID, slot_id: uuid.UUID) -> int:
    """Wait for nothing dearer in this slot any more. Returns how many queues were left. Call under the event's lock."""
    of_slot = (
        sa.select(quotas.c.id)
        .join(ranked, ranked.c.workshop_id == quotas.c.workshop_id)
        .where(ranked.c.registration_id == registration_id, ranked.c.slot_id == slot_id)
    )
    gone = sa.delete(entries).where(entries.c.registration_id == registration_id, entries.c.quota_id.in_(of_slot))
    return len(session.execute(gone.returning(entries.c.quota_id)).all())
