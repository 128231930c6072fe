"""Step 7 of nine: a fact arrives. Inbox row and effect in one transaction, then the ack.

The effect is `handlers.py` of the receiving service (next; the longest road goes through
`services/mailer/handlers.py`). What cannot be understood is parked with the reason; what fails for a passing
reason comes back after a delay; when the database is down we wait, and no attempt is counted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from typing import Any

import pika
import psycopg
import sqlalchemy as sa
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy.dialects.postgresql import insert

from shared import metrics, tracing
from shared.db import Database, new_id
from shared.errors import ContractError, Refusal
from shared.messaging import connection, envelope, topology
from shared.messaging.handlers import Handlers
from shared.messaging.tables import dead_letters, inbox

log = structlog.get_logger(__name__)

PREFETCH = 50
IDLE = 0.5  # seconds within which a request to stop is noticed
SCHEDULE = ["10s"] * 3 + ["1m"] * 5 + ["10m"] * 6  # then it is parked: about an hour and a quarter
SETTLE = 0.2  # seconds for a fact that was routed just before the binding to be in its queue


class Consumer:
    """Receives the facts of one service until `stop` is set."""

    def __init__(self, db: Database, amqp_url: str, handlers: Handlers, stop: threading.Event) -> None:
        self.db = db
        self.amqp_url = amqp_url
        self.handlers = handlers
        self.service = handlers.service
        self.stop = stop
        self.is_ready = False

    def run(self) -> None:
        connection.keep_trying(self._once, self.stop, "consumer", connection.LOST)

    def _once(self) -> None:
        self.is_ready = False
        self._broker = connection.connect(self.amqp_url, f"{self.service} consumer")
        try:
            channel = self._broker.channel()
            self._publisher = self._broker.channel()
            self._publisher.confirm_delivery()
            topology.declare_service(channel, self.service, self.handlers.types)
            self._take_in_unrouted()
            channel.basic_qos(prefetch_count=PREFETCH)
            channel.basic_consume(topology.inbox_of(self.service), self._on_message)
            channel.basic_consume(topology.dead_of(self.service), self._on_dead)
            self.is_ready = True
            log.info("consumer ready", service=self.service, types=len(self.handlers.types))
            while not self.stop.is_set():
                self._broker.process_data_events(time_limit=IDLE)
                if len(channel.consumer_tags) < 2:
                    raise pika.exceptions.ConsumerCancelled("the broker cancelled a consumer")
        finally:
            self.is_ready = False
            if self._broker.is_open:
                self._broker.close()

    def _on_message(
        self,
        channel: BlockingChannel,
        delivery: pika.spec.Basic.Deliver | pika.spec.Basic.GetOk,
        properties: pika.BasicProperties,
        body: bytes,
    ) -> None:
        if self.stop.is_set():
            return  # not acked: the broker keeps it for the next consumer
        attempt = _attempts(properties) + 1
        # The routing key is lost after a hop through a delay queue; the type is not.
        label = properties.type if self.handlers.find(properties.type or "") else "other"
        while True:
            try:
                wanted = self.handlers.wanted(self.db, properties.type or "")
                outcome = receive(self.db, self.handlers, body) if wanted else "unwanted"
            except (ContractError, Refusal) as error:
                outcome = "parked"
                self._park(properties, body, attempt, str(error))
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                if not _is_passing(error):
                    if self._wait_for_database():
                        continue
                    return
                outcome = self._retry(properties, body, attempt, error)
            except Exception as error:  # noqa: BLE001  (whatever a handler raises must not stop the others)
                outcome = self._retry(properties, body, attempt, error)
            break
        metrics.consumed.labels(label, outcome).inc()
        channel.basic_ack(delivery.delivery_tag)

    def _wait_for_database(self) -> bool:
        """Hold everything until the database answers; heartbeats go on. False when asked to stop."""
        log.warning("database is down, consuming waits", service=self.service)
        while not self.stop.is_set():
            self._broker.sleep(1.0)
            if self.db.is_up():
                log.info("database is back", service=self.service)
                return True
        return False

    def _retry(self, properties: pika.BasicProperties, body: bytes, attempt: int, error: Exception) -> str:
        log.warning("handler failed", type=properties.type, attempt=attempt, exc_info=error)
        if attempt > len(SCHEDULE):
            self._park(properties, body, attempt, f"{attempt} attempts: {type(error).__name__}: {error}")
            return "parked"
        queue = topology.retry_of(self.service, SCHEDULE[attempt - 1])
        self._publish(queue, properties, body, {"x-attempt": attempt})
        return "retried"

    def _park(self, properties: pika.BasicProperties, body: bytes, attempt: int, reason: str) -> None:
        log.error("fact parked", type=properties.type, message_id=properties.message_id, reason=reason)
        headers = {"x-attempt": attempt, "x-reason": reason[:1000]}
        self._publish(topology.dead_of(self.service), properties, body, headers)

    def _publish(
        self,
        queue: str,
        properties: pika.BasicProperties,
        body: bytes,
        headers: dict[str, Any],
    ) -> None:
        """A confirmed copy; only then may the original be acked."""
        self._publisher.basic_publish(
            "",
            queue,
            body,
            pika.BasicProperties(
                content_type=properties.content_type,
                delivery_mode=2,
                type=properties.type,
                message_id=properties.message_id,
                correlation_id=properties.correlation_id,
                headers=headers,
            ),
            mandatory=True,
        )

    def _on_dead(
        self,
        channel: BlockingChannel,
        delivery: pika.spec.Basic.Deliver,
        properties: pika.BasicProperties,
        body: bytes,
    ) -> None:
        """Move a parked message into the table that the command and the staff page read."""
        headers = properties.headers or {}
        reason = str(headers.get("x-reason") or "delivered too many times without an answer")
        while not self.stop.is_set():
            try:
                store_dead(self.db, properties.type or "", reason, body, _attempts(properties))
            except (sa.exc.OperationalError, sa.exc.InterfaceError):
                self._wait_for_database()
                continue
            channel.basic_ack(delivery.delivery_tag)
            return

    def _take_in_unrouted(self) -> None:
        """Handle facts of ours that were published before our queue was ever bound; the others go back.

        It happens after the binding and before we consume, so they come before whatever is in the queue: the
        order of facts about one thing holds on the very first day too.
        """
        self._broker.sleep(SETTLE)
        with self._broker.channel() as channel:
            count = channel.queue_declare(topology.UNROUTED, passive=True).method.message_count
            for _ in range(count):
                method, properties, body = channel.basic_get(topology.UNROUTED)
                if method is None or properties is None or body is None or self.stop.is_set():
                    return
                if properties.type in self.handlers.types:
                    self._on_message(channel, method, properties, body)
                else:
                    self._publisher.basic_publish(topology.UNROUTED, "", body, properties, mandatory=True)
                    channel.basic_ack(method.delivery_tag)


def receive(db: Database, handlers: Handlers, body: bytes) -> str:
    """Handle one message body: "handled", "unwanted" when it is about another service's things, or "duplicate" when
    the inbox knows it.

    Raises ContractError for what no handler can understand, Refusal where a handler says no, and whatever
    else a handler or the database raises; then nothing has been kept.
    """
    event = envelope.parse(body)
    handler = handlers.find(event.type)
    if handler is None:
        raise ContractError(f"no handler for {event.type}")
    if not handlers.concerns(event):
        return "unwanted"
    with (
        tracing.thread_of(event.correlation_id, event.traceparent or "", str(event.id)),
        db.transaction() as session,
    ):
        row = insert(inbox).values(event_id=event.id, type=event.type)
        if session.execute(row.on_conflict_do_nothing().returning(inbox.c.event_id)).first() is None:
            return "duplicate"
        handler(session, event)
        log.info("fact handled", type=event.type, event_id=str(event.id), thing=event.thing)
    return "handled"


def store_dead(db: Database, type: str, reason: str, body: bytes, attempts: int) -> None:
    """Keep a parked message. One that was replayed and failed again opens its old row again."""
    row = insert(dead_letters).values(
        id=new_id(),
        type=type[:200].replace("\x00", ""),
        reason=reason[:1000].replace("\x00", ""),
        body=body,
        attempts=attempts,
        fingerprint=_fingerprint(body),
    )
    again = {
        "reason": row.excluded.reason,
        "attempts": row.excluded.attempts,
        "parked_at": sa.func.now(),
        "replayed_at": None,
        "dropped_at": None,
        "settled_by": None,
    }
    with db.transaction() as session:
        session.execute(row.on_conflict_do_update(index_elements=["fingerprint"], set_=again))


def _fingerprint(body: bytes) -> bytes:
    """The same for the same message: a replay went through a column of JSON and comes back in other bytes."""
    with contextlib.suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    return hashlib.sha256(body).digest()


def _attempts(properties: pika.BasicProperties) -> int:
    """How many were made before it came here."""
    value = (properties.headers or {}).get("x-attempt", 0)
    return value if isinstance(value, int) and 0 <= value < 1000 else 0


def _is_passing(error: sa.exc.DBAPIError) -> bool:
    """Whether the server answered: deadlock, lock or statement timeout. Otherwise it is out of reach."""
    cause = error.orig
    if isinstance(error, sa.exc.OperationalError) and isinstance(cause, psycopg.Error):
        state = cause.sqlstate
        return state is not None and not state.startswith(("57P", "08", "53"))
    return False
