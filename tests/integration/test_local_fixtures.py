"""The fixtures themselves: real servers, emptied between tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pika
import sqlalchemy as sa

from shared import audit
from shared.messaging import topology


def leave_something(db: Any) -> int:
    """Rows found on arrival; leaves one behind."""
    with db.transaction() as session:
        found = session.scalar(sa.select(sa.func.count()).select_from(audit.audit_entries))
        audit.record(
            session,
            who="test",
            what="tried",
            thing="thing",
            thing_id="1",
            before=None,
            after={},
            now=dt.datetime.now(dt.UTC),
        )
    return int(found)


def test_a_database_is_migrated_and_empty(jury_db: Any) -> None:
    assert leave_something(jury_db) == 0


def test_a_database_is_empty_again(jury_db: Any) -> None:
    assert leave_something(jury_db) == 0


def declare_and_count(url: str) -> int:
    """Messages found in the jury's inbox on arrival; leaves one behind."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    topology.declare_service(channel, "jury", ["mailer.mail.sent.v1"])
    method = channel.queue_declare(topology.inbox_of("jury"), passive=True).method
    channel.confirm_delivery()
    channel.basic_publish("", topology.inbox_of("jury"), b"{}", mandatory=True)
    connection.close()
    return int(method.message_count)


def test_a_broker_has_no_queues(amqp_url: str) -> None:
    assert declare_and_count(amqp_url) == 0


def test_a_broker_has_no_queues_again(amqp_url: str) -> None:
    assert declare_and_count(amqp_url) == 0
