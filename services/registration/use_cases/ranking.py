"""Step 2 of nine: ranked wishes are kept, served when one comes late, and swapped in. Next: rules/allocation.py.

After the allocation, who got less than their first wish of a slot waits in the queues of the dearer ones. A seat that
comes free there moves them: the seat they leave goes on to whoever waits for it, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.allocations import Allocation, AllocationResult, RankedWish
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
    if ids and event.allocation is None:
        raise way_changed()
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


def by_rank(event: Event, data: Mapping[str, Any]) -> bool:
    """Whether these answers are ranks: the event asks for them, or did when the form was opened."""
    return event.asks_ranks or (event.allocation is not None and bool(data.get("ranked") or data.get("wishes")))


def way_changed() -> RuleError:
    """To raise when the staff changed how workshops are given while somebody filled in the form."""
    return RuleError(
        "way-changed",
        N_(
            "La façon d’attribuer les ateliers vient de changer. Vos réponses sont conservées : "
            "vérifiez vos ateliers, puis envoyez de nouveau."
        ),
        field="workshops",
    )


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


def keep_late(
    session: Session,
    registration_id: uuid.UUID,
    event: Event,
    ids: Sequence[uuid.UUID],
    now: dt.datetime,
    *,
    certain: bool,
) -> None:
    """Replace wishes that were allocated meanwhile. Whoever is certain is served anew in the slots where they differ.

    Call under the event's lock, and pass on what it frees.
    """
    before = _by_slot(session, registration_id)
    keep(session, registration_id, event, ids)
    after = _by_slot(session, registration_id)
    differ = {slot_id for slot_id in before | after if before.get(slot_id) != after.get(slot_id)}
    if certain and differ:
        serve(session, registration_id, now, differ)


class _Wish(NamedTuple):
    workshop_id: uuid.UUID
    quota_id: int


def _by_slot(session: Session, registration_id: uuid.UUID) -> dict[uuid.UUID, list[_Wish]]:
    """slot → wishes, the dearest first."""
    rows = session.execute(
        sa.select(ranked.c.slot_id, ranked.c.workshop_id, quotas.c.id)
        .join(quotas, quotas.c.workshop_id == ranked.c.workshop_id)
        .where(ranked.c.registration_id == registration_id)
        .order_by(ranked.c.slot_id, ranked.c.rank)
    )
    found: dict[uuid.UUID, list[_Wish]] = {}
    for slot_id, workshop_id, quota_id in rows:
        found.setdefault(slot_id, []).append(_Wish(workshop_id, quota_id))
    return found


def serve(
    session: Session, registration_id: uuid.UUID, now: dt.datetime, slots: Collection[uuid.UUID] | None = None
) -> None:
    """Somebody who is certain now, after the allocation: in each slot the dearest wish that is free, and a place in
    the queue of each dearer one. A seat that they have in the slot goes for a dearer one only, never for a queue.

    slots: these only; else all where they did not choose by hand something that they had not wished, nor gave up what
    they had been given. Call under the event's lock.
    """
    asked = _by_slot(session, registration_id)
    if slots is None:
        mine = sa.select(seats.wishes).where(seats.wishes.c.registration_id == registration_id)
        chosen_of = {row.slot_id: row.workshop_id for row in session.execute(mine)}
        considered = session.scalar(sa.select(sa.exists().where(AllocationResult.registration_id == registration_id)))
        served = considered or chosen_of  # who was served keeps a choice in each slot but those given up
        slots = [
            slot_id
            for slot_id, wished in asked.items()
            if chosen_of.get(slot_id, None if served else wished[0].workshop_id) in {one.workshop_id for one in wished}
        ]
    every = [one.quota_id for slot_id in slots for one in asked.get(slot_id, [])]
    counts = {one.quota_id: one for _, one in counted(session, quotas.c.id.in_(every))}
    for slot_id in slots:
        _serve_slot(session, registration_id, slot_id, asked.get(slot_id, []), counts, now)


def _serve_slot(
    session: Session,
    registration_id: uuid.UUID,
    slot_id: uuid.UUID,
    asked: Sequence[_Wish],
    counts: Mapping[int, seat_rules.Count],
    now: dt.datetime,
) -> None:
    of_slot = (
        sa.select(quotas.c.id)
        .join(seats.workshops, seats.workshops.c.id == quotas.c.workshop_id)
        .where(seats.workshops.c.slot_id == slot_id)
    )
    has = session.execute(
        sa.select(quotas.c.workshop_id, quotas.c.id)
        .join(claims, claims.c.quota_id == quotas.c.id)
        .where(claims.c.registration_id == registration_id, quotas.c.id.in_(of_slot))
    ).first()
    held = _Wish(*has) if has else None
    dearer = list(takewhile(lambda one: one != held, asked))
    got = next((one for one in dearer if counts[one.quota_id].grants), None)
    waits = [one.quota_id for one in takewhile(lambda one: one != got, dearer)]
    if got is not None:
        if held is not None:
            mine = claims.c.registration_id == registration_id
            session.execute(sa.delete(claims).where(mine, claims.c.quota_id == held.quota_id))
        seats.claim(session, [(registration_id, got.quota_id)], now)
    in_queues = (entries.c.registration_id == registration_id) & entries.c.quota_id.in_(of_slot)
    session.execute(sa.delete(entries).where(in_queues, entries.c.quota_id.not_in(waits)))
    already = set(session.scalars(sa.select(entries.c.quota_id).where(in_queues)))
    seats.queue(session, [(registration_id, one, None) for one in waits if one not in already], now)
    wished = seats.wishes.c.registration_id == registration_id
    session.execute(sa.delete(seats.wishes).where(wished, seats.wishes.c.slot_id == slot_id))
    shown = got or held or next(iter(asked), None)
    seats.wish(session, registration_id, [shown.workshop_id] if shown else [])


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


def show_next(session: Session, registration_id: uuid.UUID, slot_id: uuid.UUID) -> bool:
    """Who left the queue of their dearest wish waits for the next one still: shown, it can be left too. Whether there
    is one."""
    query = (
        sa.select(ranked.c.workshop_id)
        .join(quotas, quotas.c.workshop_id == ranked.c.workshop_id)
        .join(entries, (entries.c.quota_id == quotas.c.id) & (entries.c.registration_id == registration_id))
        .where(ranked.c.registration_id == registration_id, ranked.c.slot_id == slot_id)
        .order_by(ranked.c.rank)
        .limit(1)
    )
    found = list(session.scalars(query))
    seats.wish(session, registration_id, found)
    return bool(found)


def give_up(session: Session, registration_id: uuid.UUID, slots: Collection[uuid.UUID]) -> None:
    """Forget the wishes in slots that somebody left with nothing: a place in the event, had anew, brings none back.

    What the allocation considered stays, for it can be computed again from there; `serve` knows whose wishes these are.
    """
    considered = sa.exists().where(AllocationResult.registration_id == registration_id)
    mine = sa.and_(ranked.c.registration_id == registration_id, ranked.c.slot_id.in_(slots), ~considered)
    session.execute(sa.delete(ranked).where(mine))


def stay(session: Session, registration_id: uuid.UUID, slot_id: uuid.UUID) -> int:
    """Wait for nothing dearer in this slot any more. Returns how many queues were left. Call under the event's lock."""
    of_slot = (
        sa.select(quotas.c.id)
        .join(ranked, ranked.c.workshop_id == quotas.c.workshop_id)
        .where(ranked.c.registration_id == registration_id, ranked.c.slot_id == slot_id)
    )
    gone = sa.delete(entries).where(entries.c.registration_id == registration_id, entries.c.quota_id.in_(of_slot))
    return len(session.execute(gone.returning(entries.c.quota_id)).all())
