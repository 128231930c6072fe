"""Step 6 of nine: the fact is inserted in the transaction that makes it true; `relay.py` publishes it (next).

Nothing here talks to the broker: with the broker down, forms work and facts wait in the table.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared import clock, hot, tracing
from shared.db import new_id
from shared.messaging import envelope
from shared.messaging.tables import outbox

CHANNEL = "outbox"

# One round trip: next number of this thing, the row, and a word to the relay when the transaction commits.
# The row lock on the sequence makes facts about one thing commit in the order of their numbers.
_INSERT = sa.text("""
    WITH next AS (
        INSERT INTO outbox_sequences AS s (thing, last) VALUES (:thing, 1)
        ON CONFLICT (thing) DO UPDATE SET last = s.last + 1
        RETURNING last
    ), row AS (
        INSERT INTO outbox (event_id, type, thing, envelope)
        SELECT :event_id, :type, :thing,
               CAST(:envelope AS jsonb) || jsonb_build_object('sequence', CAST(next.last AS text))
        FROM next
    )
    SELECT pg_notify('outbox', '')
""")


def add(session: Session, type: str, data: dict[str, Any], *, thing: uuid.UUID | str) -> uuid.UUID:
    """Announce a fact; returns its event id.

    data: Python values for the contract of `type`, strictly checked: raises ContractError, so that a wrong
    payload fails the transaction that made it instead of a consumer somewhere else.
    """
    event_id = new_id()
    body = envelope.build(
        event_id=event_id,
        type=type,
        thing=str(thing),
        data=data,
        time=clock.now(),
        correlation_id=tracing.correlation_id(),
        causation_id=tracing.causation_id(),
        traceparent=tracing.current_traceparent(),
    )
    hot.later(
        session,
        _INSERT,
        {
            "thing": str(thing),
            "event_id": event_id,
            "type": type,
            "envelope": orjson.dumps(body).decode(),
        },
    )
    return event_id


def waiting(session: Session) -> tuple[int, float]:
    """How many facts wait to be published, and the age of the oldest in seconds."""
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.extract("epoch", sa.func.now() - sa.func.min(outbox.c.created_at)), 0),
        ).where(outbox.c.published_at.is_(None))
    ).one()
    return int(row[0]), float(row[1])


def forget(session: Session, things: Collection[str] | sa.Select[str]) -> None:
    """Delete the published facts about these things: whoever is erased is not named by them."""
    session.execute(sa.delete(outbox).where(outbox.c.thing.in_(things), outbox.c.published_at.is_not(None)))


def prune(session: Session, *, older_than: dt.timedelta = dt.timedelta(days=1)) -> int:
    """Delete facts published long enough ago: they may hold personal links. Returns how many went."""
    old = sa.delete(outbox).where(outbox.c.published_at < sa.func.now() - older_than)
    return len(session.execute(old.returning(outbox.c.id)).all())
