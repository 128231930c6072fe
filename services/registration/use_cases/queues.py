"""Step 2 of nine: a free seat goes to who waits, at once or as an offer. Next: rules/offers.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.desk import WalkIn
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.queries.attendance import came
from services.registration.queries.places import claims, counted, entries, quotas
from services.registration.queries.standing import Standing
from services.registration.rules import offers
from services.registration.rules import seats as rules
from services.registration.use_cases import ranking, seats
from shared import audit


@dataclass(frozen=True)
class Promotion:
    """Someone who waited and has a seat now, or the offer of one until `until`. `to_event` is False when only a
    workshop came free."""

    registration_id: uuid.UUID
    to_event: bool
    until: dt.datetime | None
    given_back: tuple[int, ...] = ()
    """Quotas of the workshops left for a dearer one."""
    gained: tuple[int, ...] = ()
    """Quotas of the workshops that are theirs now, in the order they came free."""


def promote(session: Session, event_id: uuid.UUID, now: dt.datetime) -> list[Promotion]:
    """Pass every free seat to whoever has waited longest. Call under `lock_event`; returns who moved.

    Workshops first: who waits there has a seat in the event already and came before whoever is promoted
    to the event now. Promoting to the event may fill further workshop seats, so nothing is left over.
    An offer takes the seat like a claim; wishes for workshops are served when it is accepted. Where workshops were
    allocated, a dearer wish is not offered but swapped in, and the seat it leaves goes on in turn.
    """
    own = sa.select(Event.offer_hours, Event.starts_at, Event.state).where(Event.id == event_id)
    hours, starts_at, state = session.execute(own).one()
    if state == "called_off":
        return []
    until = offers.deadline(now, hours, starts_at) if hours else None
    promoted: dict[uuid.UUID, Promotion] = {}
    swaps = ranking.made(session, event_id)
    while moved := _take(session, event_id, "workshop", now, None if swaps else until):
        given = ranking.swap(session, moved) if swaps else {}
        for registration_id, quota in moved:
            before = promoted.get(registration_id, Promotion(registration_id, False, None if swaps else until))
            back = (*before.given_back, *given.get(registration_id, ()))
            gained = tuple(one for one in (*before.gained, quota) if one not in back)
            promoted[registration_id] = replace(before, given_back=back, gained=gained)
        if not any(given.values()):
            break
    for registration_id, _quota in _take(session, event_id, "event", now, until):
        if until is None:
            confirm(session, registration_id, event_id, now)
        promoted[registration_id] = Promotion(registration_id, True, until)
    _seat_who_is_inside(session, event_id, now)
    return list(promoted.values())


def goes_to(session: Session, found: Standing) -> str:
    """Who would get the seat in the event that somebody gave up now: "first", the first person who waits; "other", who
    waits too, where the first cannot take it, or are several; "", nobody.

    Read without a lock, for a page that asks before. Three statements.
    """
    [(_, count)] = counted(session, quotas.c.id == found.event_quota_id)
    mine = (claims.c.registration_id == found.registration.id) & (claims.c.quota_id == found.event_quota_id)
    if session.scalar(sa.select(sa.exists().where(mine))):  # who was let in beyond the places has none to give up
        count = count.leaving(found.registration.actor_type)
    queue = [(row.number, row.party_id, row.actor_type) for row in _waiting(session, [found.event_quota_id])]
    due = rules.next_in_line(count, queue) if count.left else []
    return "" if not due else "first" if due[0] == queue[0][0] and queue[0][1] is None else "other"


def _seat_who_is_inside(session: Session, event_id: uuid.UUID, now: dt.datetime) -> None:
    """Who was let in beyond the places takes what nobody waits for: a chair in use is not given to somebody else."""
    [(_, count)] = counted(session, (quotas.c.event_id == event_id) & (quotas.c.kind == "event"))
    if not count.grants:
        return
    seated = sa.exists().where(claims.c.registration_id == WalkIn.registration_id, claims.c.quota_id == count.quota_id)
    inside = session.scalars(
        sa.select(WalkIn)
        .join(Registration, Registration.id == WalkIn.registration_id)
        .where(Registration.event_id == event_id, Registration.status == rules.CONFIRMED)
        .where(WalkIn.beyond_capacity, came(WalkIn.registration_id), ~seated)
        .order_by(Registration.registered_at, Registration.id)
        .limit(count.free)
    ).all()
    seats.claim(session, [(one.registration_id, count.quota_id) for one in inside], now)
    for one in inside:
        one.beyond_capacity = False
        audit.record(
            session,
            who="system",
            what="seated at the door",
            thing="registration",
            thing_id=one.registration_id,
            before={"beyond_capacity": True},
            after={"beyond_capacity": False},
            now=now,
        )


def confirm(session: Session, registration_id: uuid.UUID, event_id: uuid.UUID, now: dt.datetime) -> None:
    """This person has a seat in the event from now on: their wishes for workshops are served."""
    certain = sa.update(Registration).where(Registration.id == registration_id).values(status=rules.CONFIRMED)
    session.execute(certain)
    serve(session, registration_id, event_id, now)


def serve(session: Session, registration_id: uuid.UUID, event_id: uuid.UUID, now: dt.datetime) -> None:
    """The wishes for workshops of somebody who just got a seat in the event: those by rank, then those by hand."""
    if ranking.made(session, event_id):
        ranking.serve(session, registration_id, now)
    seats.serve_wishes(session, registration_id, event_id, now)


def _take(
    session: Session, event_id: uuid.UUID, kind: str, now: dt.datetime, until: dt.datetime | None
) -> list[tuple[uuid.UUID, int]]:
    """Turn waiting entries into claims or offers, as many as each quota has free; in order of arrival: who, which."""
    found = counted(session, (quotas.c.event_id == event_id) & (quotas.c.kind == kind))
    free = {count.quota_id: count for _, count in found if count.left and count.waiting}
    if not free:
        return []
    queue = _waiting(session, free)
    due = [
        number
        for quota_id, count in free.items()
        for number in rules.next_in_line(
            count, [(row.number, row.party_id, row.actor_type) for row in queue if row.quota_id == quota_id]
        )
    ]
    if not due:
        return []
    gone = session.execute(
        sa.delete(entries)
        .where(entries.c.number.in_(due))
        .returning(entries.c.registration_id, entries.c.quota_id, entries.c.number)
    ).all()
    gone = sorted(gone, key=lambda row: row.number)
    seats.claim(session, [(row.registration_id, row.quota_id) for row in gone], now, until)
    return [(row.registration_id, row.quota_id) for row in gone]


def _waiting(session: Session, which: Iterable[int]) -> Sequence[Any]:
    """(quota_id, number, party_id, actor_type) of who waits for these quotas, in order of arrival."""
    people = seats.registrations
    return session.execute(
        sa.select(entries.c.quota_id, entries.c.number, entries.c.party_id, people.c.actor_type)
        .join(people, people.c.id == entries.c.registration_id)
        .where(entries.c.quota_id.in_(list(which)))
        .order_by(entries.c.number)
    ).all()
