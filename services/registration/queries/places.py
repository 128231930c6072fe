"""How many seats each quota has, and how many are taken: one statement for pages and for the grant alike."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, Reserve, SeatClaim, WaitingEntry
from services.registration.rules import seats as rules
from services.registration.rules.seats import Count
from shared import hot

quotas = cast(sa.Table, Quota.__table__)
claims = cast(sa.Table, SeatClaim.__table__)
entries = cast(sa.Table, WaitingEntry.__table__)
reserves = cast(sa.Table, Reserve.__table__)
_people = cast(sa.Table, Registration.__table__)

COUNT_COLUMNS = 7
LOCK_ORDER = (quotas.c.kind == "event", quotas.c.id)
"""Workshops by ascending id, the event's own row last."""


def counting(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """(id, workshop, capacity, claims, queue, parties in it, reserves) of each quota, in the order they are locked."""
    taken = sa.select(sa.func.count()).where(claims.c.quota_id == quotas.c.id).scalar_subquery()
    queue = (
        sa.select(sa.func.count().label("waiting"), sa.func.count(entries.c.party_id).label("apart"))
        .where(entries.c.quota_id == quotas.c.id)
        .lateral()
    )
    return (
        sa.select(quotas.c.id, quotas.c.workshop_id, quotas.c.capacity, taken, queue.c.waiting, queue.c.apart, _KEPT)
        .select_from(quotas)
        .join(queue, sa.true())
        .where(which)
        .order_by(*LOCK_ORDER)
    )


def _of_reserve(rows: sa.Table, *more: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """How many rows (claims or entries) of the quota are of people of the reserve's types."""
    return (
        sa.select(sa.func.count())
        .select_from(rows.join(_people, _people.c.id == rows.c.registration_id))
        .where(rows.c.quota_id == quotas.c.id, _people.c.actor_type == sa.any_(reserves.c.actor_types), *more)
        .correlate(quotas, reserves)
        .scalar_subquery()
    )


_KEPT = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_array(
                    reserves.c.actor_types,
                    reserves.c.seats,
                    _of_reserve(claims),
                    _of_reserve(entries, entries.c.party_id.is_(None)),
                    reserves.c.kept_until,
                ),
                reserves.c.kept_until,
                reserves.c.id,
            )
        )
    )
    .where(reserves.c.event_id == quotas.c.event_id, reserves.c.released_at.is_(None), quotas.c.kind == "event")
    .correlate(quotas)
    .scalar_subquery()
)
"""[types, seats, used, waiting, until] of each reserve that stands; null for a workshop and where there is none."""


def counted(session: Session, which: sa.ColumnElement[bool]) -> list[tuple[uuid.UUID | None, Count]]:
    """(workshop, its count) of each quota; the workshop is None for the event's own."""
    return [read_count(tuple(row)) for row in session.execute(counting(which))]


def counts(session: Session, statement: sa.Select[Any], **values: Any) -> list[tuple[uuid.UUID | None, Count]]:
    """`counted`, for a `counting` statement made before."""
    return [read_count(row) for row in hot.rows(session, statement, values)]


def read_count(row: tuple[Any, ...]) -> tuple[uuid.UUID | None, Count]:
    """(workshop, its count), of one row of a `counting` statement."""
    quota_id, workshop_id, capacity, taken, waiting, apart, kept = row[:COUNT_COLUMNS]
    standing = tuple(
        rules.Reserve(frozenset(types), seats, used, queued, dt.date.fromisoformat(until))
        for types, seats, used, queued, until in kept or ()
    )
    return workshop_id, Count(quota_id, capacity, taken, waiting, workshop_id is not None, apart, standing)


@dataclass(frozen=True)
class Places:
    """What is left of an event. Counted without a lock: true when it was read, and only a hint after."""

    event: Count
    workshops: dict[uuid.UUID, Count]


def places(session: Session, event_id: uuid.UUID) -> Places:
    """One statement. Raises LookupError when the event has no quota."""
    return of_rows(hot.rows(session, _OF_EVENT, {"event": event_id}))


def of_rows(rows: Sequence[tuple[Any, ...]]) -> Places:
    """The places of an event, of the rows of a `counting` statement. Raises LookupError when it has no quota."""
    workshops = dict(map(read_count, rows))
    if (event := workshops.pop(None, None)) is None:
        raise LookupError("an event without a quota")
    return Places(event, cast("dict[uuid.UUID, Count]", workshops))


_OF_EVENT = counting(quotas.c.event_id == sa.bindparam("event"))
