"""Step 6 of nine, second half: facts leave the outbox, in order; `consumer.py` receives them (next).

One relay per service is elected with an advisory lock: two of them, each taking some rows, would break the
order of facts about one thing. A crash between the broker's confirm and our mark publishes again; the
receiver's inbox drops the copy.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pika
import psycopg
import sqlalchemy as sa
import structlog

from shared import metrics
from shared.db import Database
from shared.messaging import connection, topology
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.handlers import Handlers
from shared.messaging.held import HURRY, Held
from shared.messaging.outbox import CHANNEL
from shared.messaging.publisher import Publisher
from shared.messaging.tables import outbox

log = structlog.get_logger(__name__)

BATCH = 100
IDLE = 1.0  # seconds between looks when nothing is notified
GATHER = 0.1  # seconds left to facts that come close behind one another: a look, and its mark, for all of them
ELECTION = 0x41676F7261  # the advisory lock's number, any constant

LOST = (*connection.LOST, sa.exc.OperationalError, sa.exc.InterfaceError, psycopg.OperationalError)

_WAITING = (
    sa.select(outbox.c.id, outbox.c.event_id, outbox.c.type, outbox.c.thing, outbox.c.envelope, outbox.c.queue)
    .where(outbox.c.published_at.is_(None))
    .order_by(outbox.c.id)
    .limit(BATCH)
)
# A subquery that PostgreSQL hashes once, as it would not an array: the index is walked in order, past thousands too.
_AROUND = _WAITING.where(
    outbox.c.thing.not_in(sa.select(sa.func.unnest(sa.bindparam("held", type_=sa.ARRAY(sa.Text)))))
)
_PUBLISHED = sa.text("UPDATE outbox SET published_at = now() WHERE id = ANY(:done)")

_Row = sa.Row[*tuple[Any, ...]]


class Relay:
    """Publishes the outbox of one service until `stop` is set. `is_ready` while it leads or stands by."""

    def __init__(
        self, db: Database, amqp_url: str, service: str, stop: threading.Event, handlers: Handlers | None = None
    ) -> None:
        """handlers: of this service, for those of its own facts that it wants to hear of itself."""
        self.db = db
        self.amqp_url = amqp_url
        self.service = service
        self.stop = stop
        self.handlers = handlers or Handlers(service)
        self.held = Held()
        self.is_ready = False

    def run(self) -> None:
        connection.keep_trying(self._once, self.stop, "relay", LOST)

    def _once(self) -> None:
        self.is_ready = False
        with self.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            try:
                self._wait_for_election(db)
                if not self.stop.is_set():
                    self._lead(db)
            finally:
                self.is_ready = False
                # The lock belongs to the session, and pools keep sessions: end this one.
                db.invalidate()

    def _wait_for_election(self, db: sa.Connection) -> None:
        take = sa.select(sa.func.pg_try_advisory_lock(ELECTION))
        while not self.stop.is_set() and not db.scalar(take):
            self.is_ready = True
            self.stop.wait(IDLE)

    def _lead(self, db: sa.Connection) -> None:
        self._declare()
        publisher = Publisher(self.amqp_url, f"{self.service} relay", self.stop)
        try:
            db.execute(sa.text(f"LISTEN {CHANNEL}"))
            self.is_ready = True
            log.info("relay leads", service=self.service)
            while not self.stop.is_set():
                if publish_batch(db, publisher, self.held, self._wanted) < BATCH:
                    publisher.breathe()
                    if _noticed(db):
                        self.stop.wait(GATHER)
        finally:
            publisher.close()

    def _declare(self) -> None:
        broker = connection.connect(self.amqp_url, f"{self.service} relay, queues")
        try:
            channel = broker.channel()
            topology.declare_service(channel, self.service, self.handlers.types)
            # A release before this one bound them, and had each of them whether it wanted it or not.
            topology.release(channel, self.service, self.handlers.own)
        finally:
            if broker.is_open:
                broker.close()

    def _wanted(self, types: set[str]) -> dict[str, str]:
        """Our inbox, for those of these types that we want ourselves: asked once they are told, so that whoever came
        before a fact finds it."""
        inbox = topology.inbox_of(self.service)
        return {type: inbox for type in types.intersection(self.handlers.own) if self.handlers.wanted(self.db, type)}


def publish_batch(
    db: sa.Connection,
    publisher: Publisher,
    held: Held,
    copies: Callable[[set[str]], Mapping[str, str]] = lambda _types: {},
) -> int:
    """Publish the oldest facts not yet published and mark those that the broker took; returns how many were there.

    held: things that the broker would not hear of, left out for a while; gets those of which it refuses a fact now, or
    says nothing: then TimeoutError is raised.
    copies: for facts of these types, the queue that gets one beside.

    The query is "not yet published, by id", never "id greater than the last": a transaction that commits late
    has a small id. Facts travel together, but of one thing one at a time: should the broker refuse a fact, no later one
    about that thing has gone before it.
    """
    left_out = held.left_out()
    rows = (db.execute(_AROUND, {"held": left_out}) if left_out else db.execute(_WAITING)).all()
    beside = copies({row.type for row in rows if not row.queue}) if rows else {}
    publisher.patience = HURRY if held.hurries else None
    sent: list[_Row] = []
    refused: dict[str, str] = {}
    things: set[str] = set()
    try:
        for row in rows:
            if row.thing in things:
                refused |= publisher.settle()
                things = {one.thing for one in sent if str(one.event_id) in refused}
                if row.thing in things:
                    continue  # behind one that the broker would not take
            things.add(row.thing)
            for queue in [row.queue, beside[row.type]] if row.type in beside and not row.queue else [row.queue]:
                _publish(publisher, row, queue)
            sent.append(row)
        refused |= publisher.settle()
    except TimeoutError:
        silent = [row for row in sent if str(row.event_id) in publisher.untaken() and str(row.event_id) not in refused]
        held.hush({row.thing for row in silent})
        if silent:
            _say(silent, "it says nothing of them: see rabbitmqctl list_queues name messages state")
        raise
    finally:
        untaken = {*refused, *publisher.untaken()}
        taken = [row for row in sent if str(row.event_id) not in untaken]
        if taken:
            db.execute(_PUBLISHED, {"done": [row.id for row in taken]})
        for row in taken:
            metrics.published.labels(row.type).inc()
        back = [row for row in sent if str(row.event_id) in refused]
        if held.settle({row.thing for row in taken}, {row.thing for row in back}):
            _say(back, refused[str(back[0].event_id)])
    return len(rows)


def _say(refused: list[_Row], reason: str) -> None:
    first = refused[0]
    log.warning(
        "the broker refuses facts",
        facts=len(refused),
        type=first.type,
        thing=first.thing,
        where=f"queue {first.queue}" if first.queue else f"exchange {topology.EVENTS}",
        reason=reason,
    )


def _publish(publisher: Publisher, row: _Row, queue: str | None) -> None:
    """To this queue, or to all that are bound to its type."""
    publisher.publish(
        exchange="" if queue else topology.EVENTS,
        routing_key=queue or row.type,
        body=json.dumps(row.envelope, ensure_ascii=False, separators=(",", ":")).encode(),
        properties=pika.BasicProperties(
            content_type=CONTENT_TYPE,
            delivery_mode=2,
            type=row.type,
            message_id=str(row.event_id),
            correlation_id=row.envelope.get("correlationid"),
        ),
    )


def _noticed(db: sa.Connection) -> bool:
    """Return at the next NOTIFY, or without one after a second: a notice may have been sent while we were away."""
    driver = db.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return any(True for _ in driver.notifies(timeout=IDLE, stop_after=1))
