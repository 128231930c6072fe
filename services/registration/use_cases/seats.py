"""Step 2 of nine: the one place that grants and frees seats. Next: queues.py, which passes them on.

Never oversold, never a seat left empty while someone waits. Every function locks the quota rows first, in
one ordered statement (workshops by ascending id, the event's own row last): two transactions that need the
same rows ask for them in the same order, so none waits in a circle. What is free is counted *after* the lock;
under READ COMMITTED that count sees what the previous holder committed. Under REPEATABLE READ it would not,
so the isolation level is pinned in `shared/db.py` and by a test.

Set-based SQL through Core: this is the hot path. Nothing in here waits for a network.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.registration.models.allocations import Allocation, AllocationResult, RankedWish
from services.registration.models.events import Event, Workshop
from services.registration.models.registrations import Registration
from services.registration.models.seats import WorkshopWish
from services.registration.queries.places import (
    COUNT_COLUMNS,
    LOCK_ORDER,
    claims,
    counted,
    counting,
    entries,
    quotas,
    read_count,
)
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from shared import hot
from shared.db import new_id
from shared.errors import RuleError

wishes = cast(sa.Table, WorkshopWish.__table__)
registrations = cast(sa.Table, Registration.__table__)
workshops = cast(sa.Table, Workshop.__table__)
events = cast(sa.Table, Event.__table__)
allocations = cast(sa.Table, Allocation.__table__)

LOCK_TIMEOUT = "3s"
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


def locking(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The statement that locks quota rows: sorted first, locked in that order."""
    return sa.select(quotas.c.id).where(which).order_by(*LOCK_ORDER).with_for_update(key_share=True)


# The statements of a grant are built once: building them anew would cost more than running them, under the lock.
WANTED = (quotas.c.event_id == sa.bindparam("event")) & (
    (quotas.c.kind == "event") | (quotas.c.workshop_id == sa.any_(sa.bindparam("workshops", type_=sa.ARRAY(sa.Uuid))))
)
LOCK_WANTED = locking(WANTED)
LOCK_EVENT = locking(quotas.c.event_id == sa.bindparam("event"))
_COUNT_WANTED = (
    counting(WANTED)
    .join(events, events.c.id == quotas.c.event_id)
    .outerjoin(allocations, allocations.c.event_id == events.c.id)
    .add_columns(events.c.revision, allocations.c.event_id.is_not(None), allocations.c.made_at.is_not(None))
)
_CLAIM = sa.text("""INSERT INTO seat_claims (registration_id, quota_id, state, expires_at, claimed_at)
    SELECT registration_id, quota_id, :state, CAST(:until AS timestamptz), :now
    FROM unnest(CAST(:registrations AS uuid[]), CAST(:quotas AS bigint[])) AS claimed (registration_id, quota_id)
""")
_QUEUE = sa.text("""INSERT INTO waiting_entries (id, registration_id, quota_id, party_id, joined_at)
    SELECT id, registration_id, quota_id, party_id, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:registrations AS uuid[]), CAST(:quotas AS bigint[]),
        CAST(:parties AS uuid[])) WITH ORDINALITY AS waiting (id, registration_id, quota_id, party_id, place)
    ORDER BY place
""")
_WISH = sa.text("""INSERT INTO workshop_wishes (registration_id, slot_id, workshop_id)
    SELECT :registration, slot_id, id FROM workshops WHERE id = ANY(:workshops)
""")
_WAIT_BRIEFLY = sa.text("SELECT set_config('lock_timeout', :limit, true)")


def wait_briefly(session: Session) -> None:
    """From here on this transaction waits for a lock for three seconds at most."""
    hot.later(session, _WAIT_BRIEFLY, {"limit": LOCK_TIMEOUT})


def patiently(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement that may wait for a lock, or that goes with such a one. Raises RuleError "seats-busy" in
    time."""
    try:
        return hot.rows(session, statement, values)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise busy() from error
        raise


def workshop_gone() -> RuleError:
    """To raise when somebody chose a workshop that is not there any more."""
    return RuleError(
        "workshop-unknown",
        N_("Un des ateliers choisis n’existe plus. Choisissez-en un autre : vos autres réponses sont conservées."),
        status=422,
        field="workshops",
    )


def busy() -> RuleError:
    """Too many people at once: nothing was written, and the page keeps the answers."""
    return RuleError(
        "seats-busy",
        N_(
            "Beaucoup de personnes s’inscrivent en ce moment et votre demande n’a pas pu aboutir. "
            "Vos réponses sont conservées : envoyez-les de nouveau."
        ),
        status=503,
    )


@dataclass(frozen=True)
class Granted:
    """What one registration got. `counts` are the quotas as they were just before; the event's key is None."""

    status: str
    counts: dict[uuid.UUID | None, rules.Count]
    claims: frozenset[int]
    event: tuple[int, bool, bool]
    """As it is under the lock: its revision, whether it asks for ranks, whether its workshops are allocated."""


@dataclass(frozen=True)
class Wanted:
    """One registration, the workshops it asks for, and the type of actor. The registration's row and wishes exist."""

    registration_id: uuid.UUID
    workshop_ids: Sequence[uuid.UUID]
    actor_type: str


def grant(
    session: Session,
    registration_id: uuid.UUID,
    event_id: uuid.UUID,
    workshop_ids: Sequence[uuid.UUID],
    actor_type: str,
    now: dt.datetime,
) -> Granted:
    """`grant_party` for one person."""
    return grant_party(session, event_id, [Wanted(registration_id, workshop_ids, actor_type)], None, now)[0]


def grant_party(
    session: Session, event_id: uuid.UUID, party: Sequence[Wanted], together: uuid.UUID | None, now: dt.datetime
) -> list[Granted]:
    """Lock, count, claim what is free, queue for what is not; one answer per person, in their order.

    together: the party whose members get a seat in the event all at once or wait for it under its name.
    While this transaction holds the lock everybody else waits: whatever needs no seat is written before.
    Raises RuleError "seats-busy" when a lock does not come within 3 s, "workshop-unknown" when a
    workshop was taken away meanwhile, and LookupError when the event has no quota.
    """
    asked = {one for wanted in party for one in wanted.workshop_ids}
    hot.later(session, LOCK_WANTED, {"event": event_id, "workshops": list(asked)})
    rows = patiently(session, _COUNT_WANTED, {"event": event_id, "workshops": list(asked)})
    counts = dict(map(read_count, rows))
    if None not in counts:
        raise LookupError(f"event {event_id} has no quota")
    if asked - counts.keys():
        raise workshop_gone()
    own, event = counts[None], rows[0][COUNT_COLUMNS:]
    workshops = {count.quota_id: count for count in counts.values() if count.workshop}
    wished = [
        rules.Wish(tuple(counts[one].quota_id for one in wanted.workshop_ids), wanted.actor_type) for wanted in party
    ]
    decided = rules.decide_party(own, workshops, wished, together=together is not None)
    each = list(zip(party, decided, strict=True))
    claim(session, [(one.registration_id, quota) for one, (got, _) in each for quota in got.claims], now)
    queue(
        session,
        [
            (one.registration_id, quota, together if quota == own.quota_id else None)
            for one, (got, _) in each
            for quota in got.waits
        ],
        now,
    )
    return [
        Granted(
            got.status,
            {None: met[own.quota_id]} | {one: met[counts[one].quota_id] for one in wanted.workshop_ids},
            frozenset(got.claims),
            event,
        )
        for wanted, (got, met) in each
    ]


def claim(
    session: Session, seats: Iterable[tuple[uuid.UUID, int]], now: dt.datetime, until: dt.datetime | None = None
) -> None:
    """Insert claims, counted free under the lock before. until: they are offers only, held until then."""
    if rows := list(seats):
        who, quota_ids = zip(*rows, strict=True)
        state = "held" if until else "confirmed"
        values = {"registrations": list(who), "quotas": list(quota_ids), "state": state, "until": until, "now": now}
        hot.later(session, _CLAIM, values)


def queue(session: Session, waits: Iterable[tuple[uuid.UUID, int, uuid.UUID | None]], now: dt.datetime) -> None:
    """Give places at the end of queues, in this order: (registration, quota, party)."""
    if rows := list(waits):
        who, quota_ids, parties = map(list, zip(*rows, strict=True))
        values = {"ids": [new_id() for _ in rows], "registrations": who, "quotas": quota_ids, "parties": parties}
        hot.later(session, _QUEUE, values | {"now": now})


def taken(session: Session, quota_id: int) -> int:
    """Live claims of a quota; exact only under its lock."""
    query = sa.select(sa.func.count()).select_from(claims).where(claims.c.quota_id == quota_id)
    return session.scalar(query) or 0


def lock_event(session: Session, event_id: uuid.UUID) -> None:
    """Lock every quota of an event: what frees a seat may pass on any of them."""
    wait_briefly(session)
    patiently(session, LOCK_EVENT, {"event": event_id})


def release(session: Session, registration_id: uuid.UUID) -> None:
    """Give back every seat and leave every queue. Call `lock_event` before and `queues.promote` after."""
    session.execute(sa.delete(claims).where(claims.c.registration_id == registration_id))
    session.execute(sa.delete(entries).where(entries.c.registration_id == registration_id))


def hand_over(session: Session, giver: uuid.UUID, taker: uuid.UUID) -> None:
    """Every seat, rank and wish of one registration becomes another's, in place: none is free for an instant.

    Call under `lock_event`.
    """
    ranked = (cast(sa.Table, model.__table__) for model in (RankedWish, AllocationResult))
    for table in (claims, entries, wishes, *ranked):
        moved = sa.update(table).where(table.c.registration_id == giver).values(registration_id=taker)
        session.execute(moved)
    session.execute(sa.update(entries).where(entries.c.registration_id == taker).values(party_id=None))


def move_workshops(
    session: Session,
    registration_id: uuid.UUID,
    event_id: uuid.UUID,
    workshop_ids: Sequence[uuid.UUID],
    now: dt.datetime,
    keep: Collection[int] = (),
) -> None:
    """Make workshop seats and queues match `workshop_ids`, keeping those that stay. Call under `lock_event`.

    A place in a queue is kept when the wish stays, or the quota is one of `keep`. Without a seat in the event, wishes
    are only recorded.
    """
    wanted = sa.select(quotas.c.id).where(quotas.c.workshop_id.in_(workshop_ids))
    of_workshops = sa.select(quotas.c.id).where(quotas.c.event_id == event_id, quotas.c.kind == "workshop")
    for table in (claims, entries):
        session.execute(
            sa.delete(table).where(
                table.c.registration_id == registration_id,
                table.c.quota_id.in_(of_workshops),
                table.c.quota_id.not_in(wanted),
                *([table.c.quota_id.not_in(keep)] if table is entries else []),
            )
        )
    session.execute(sa.delete(wishes).where(wishes.c.registration_id == registration_id))
    wish(session, registration_id, workshop_ids)
    seated = sa.exists().where(claims.c.registration_id == registration_id, claims.c.state == "confirmed")
    if session.scalar(sa.select(seated)):
        serve_wishes(session, registration_id, event_id, now)


def wish(session: Session, registration_id: uuid.UUID, workshop_ids: Collection[uuid.UUID]) -> None:
    """Record what a person asks for, one workshop per slot."""
    if workshop_ids:
        hot.later(session, _WISH, {"registration": registration_id, "workshops": list(workshop_ids)})


def serve_wishes(session: Session, registration_id: uuid.UUID, event_id: uuid.UUID, now: dt.datetime) -> None:
    """Claim or queue for each wished workshop that this person neither has nor waits for."""
    open_wishes = (
        (quotas.c.event_id == event_id)
        & quotas.c.workshop_id.in_(sa.select(wishes.c.workshop_id).where(wishes.c.registration_id == registration_id))
        & ~sa.exists().where(claims.c.registration_id == registration_id, claims.c.quota_id == quotas.c.id)
        & ~sa.exists().where(entries.c.registration_id == registration_id, entries.c.quota_id == quotas.c.id)
    )
    counts = [count for _, count in counted(session, open_wishes)]
    claim(session, [(registration_id, count.quota_id) for count in counts if count.grants], now)
    queue(session, [(registration_id, count.quota_id, None) for count in counts if not count.grants], now)
