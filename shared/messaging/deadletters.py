"""Parked messages: list, replay, drop. By command (`python -m services.<svc> dead …`) and on a staff page.

They stand in a table, so neither needs the broker. A replay goes through the outbox, straight to the
service's own queue.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared import audit
from shared.db import new_id
from shared.errors import NotFound, RuleError
from shared.messaging import topology
from shared.messaging.outbox import CHANNEL
from shared.messaging.tables import dead_letters, outbox

SETTLED_KEPT = dt.timedelta(days=30)
_ERASES = "registration.person.erased.v1"


_WAITS = dead_letters.c.replayed_at.is_(None) & dead_letters.c.dropped_at.is_(None)


def parked(session: Session, *, limit: int = 200) -> list[sa.Row[Any]]:
    """Messages that wait for a decision, oldest first."""
    return list(session.execute(sa.select(dead_letters).where(_WAITS).order_by(dead_letters.c.id).limit(limit)))


def kinds(session: Session) -> list[sa.Row[Any]]:
    """All that wait, by type: how many, parked since when, and the last of them when. The most frequent first."""
    at, many = dead_letters.c.parked_at, sa.func.count().label("many")
    query = sa.select(dead_letters.c.type, many, sa.func.min(at).label("since"), sa.func.max(at).label("latest"))
    query = query.where(_WAITS).group_by(dead_letters.c.type)
    return list(session.execute(query.order_by(many.desc(), dead_letters.c.type)))


def count(session: Session) -> int:
    """How many messages wait for a decision."""
    return int(session.scalar(sa.select(sa.func.count()).where(_WAITS)) or 0)


def replay(session: Session, service: str, letter_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Put a parked message back in the service's queue. Raises RuleError when its bytes are not JSON."""
    letter = _take(session, letter_id)
    if not _back(session, service, letter):
        raise RuleError("letter-unreadable", "Ce message est illisible : il ne peut pas être rejoué, seulement écarté.")
    _settle(session, letter_id, "replayed_at", "replayed", who, now)


def replay_all(
    session: Session, service: str, type: str, *, reason: str | None = None, who: str, now: dt.datetime
) -> int:
    """Put every parked message of a type, or those parked for this reason, back in the service's queue, oldest first:
    what they waited for is there. Returns how many went."""
    waiting = sa.select(dead_letters).where(_WAITS, dead_letters.c.type == type).order_by(dead_letters.c.id)
    if reason is not None:
        waiting = waiting.where(dead_letters.c.reason == reason)
    many = 0
    for letter in session.execute(waiting.with_for_update()).all():
        if _back(session, service, letter):
            _settle(session, letter.id, "replayed_at", "replayed", who, now)
            many += 1
    return many


def _back(session: Session, service: str, letter: sa.Row[Any]) -> bool:
    """Whether its bytes could be read and are on their way."""
    try:
        content = json.loads(letter.body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError):
        return False
    if not isinstance(content, dict):
        return False
    session.execute(
        outbox.insert().values(
            event_id=new_id(), type=letter.type, thing="", envelope=content, queue=topology.inbox_of(service)
        )
    )
    session.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))
    return True


def drop(session: Session, letter_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Give up on a parked message; the row stays, marked."""
    _take(session, letter_id)
    _settle(session, letter_id, "dropped_at", "dropped", who, now)


def prune(session: Session, *, older_than: dt.timedelta = SETTLED_KEPT) -> int:
    """Delete what was settled long enough ago: it holds names and addresses. Returns how many went."""
    settled = sa.func.coalesce(dead_letters.c.replayed_at, dead_letters.c.dropped_at)
    old = sa.delete(dead_letters).where(settled < sa.func.now() - older_than)
    return len(session.execute(old.returning(dead_letters.c.id)).all())


def forget(session: Session, email: str) -> int:
    """Delete what names an address that is erased: a replay would write to it again. What asks for the erasure itself
    stays, and is replayed. Returns how many went."""
    written = json.dumps(email.lower(), ensure_ascii=False).encode()
    letters = session.execute(sa.select(dead_letters.c.id, dead_letters.c.body).where(dead_letters.c.type != _ERASES))
    theirs = [row.id for row in letters if written in row.body.decode(errors="replace").lower().encode()]
    session.execute(sa.delete(dead_letters).where(dead_letters.c.id.in_(theirs)))
    return len(theirs)


def _take(session: Session, letter_id: uuid.UUID) -> sa.Row[Any]:
    letter = session.execute(
        sa.select(dead_letters).where(dead_letters.c.id == letter_id).with_for_update()
    ).one_or_none()
    if letter is None:
        raise NotFound("letter-unknown", "Ce message n’existe pas.")
    if letter.replayed_at or letter.dropped_at:
        raise RuleError("letter-settled", "Quelqu’un s’est déjà occupé de ce message.")
    return letter


def _settle(session: Session, letter_id: uuid.UUID, column: str, what: str, who: str, now: dt.datetime) -> None:
    session.execute(
        sa.update(dead_letters).where(dead_letters.c.id == letter_id).values({column: sa.func.now(), "settled_by": who})
    )
    audit.record(session, who=who, what=what, thing="dead_letter", thing_id=letter_id, before=None, after=None, now=now)
