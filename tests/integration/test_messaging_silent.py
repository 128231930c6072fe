"""A queue of which the broker says nothing, neither yes nor no, holds up what is meant for it and nothing else."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pika
import pytest
import sqlalchemy as sa

from shared.db import Database
from shared.messaging import connection
from shared.messaging.publisher import Publisher
from shared.messaging.relay import Relay
from shared.messaging.tables import outbox
from tests.integration.test_messaging import announce, eventually, running


def test_facts_for_a_silent_queue_are_left_alone_and_all_others_go(
    registration_db: Database, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = f"quiet.{uuid.uuid4().hex}"
    silence = threading.Event()
    silence.set()

    class Hushed(Publisher):
        """Hears nothing of that queue, for as long as the silence lasts."""

        def publish(self, exchange: str, routing_key: str, body: bytes, properties: pika.BasicProperties) -> None:
            super().publish(exchange, routing_key, body, properties)
            unheard = self.__dict__.setdefault("unheard", set())
            if routing_key == quiet and silence.is_set():
                unheard.add(self._sent)

        def _confirmed(self, frame: Any) -> None:
            tag, unheard = frame.method.delivery_tag, self.__dict__.setdefault("unheard", set())
            for one in [number for number in self._travelling if number <= tag] if frame.method.multiple else [tag]:
                if one not in unheard:
                    del self._travelling[one]

    monkeypatch.setattr("shared.messaging.relay.Publisher", Hushed)
    monkeypatch.setattr("shared.messaging.relay.IDLE", 0.05)
    monkeypatch.setattr("shared.messaging.publisher.PATIENCE", 0.6)
    monkeypatch.setattr("shared.messaging.relay.HURRY", 0.3)
    monkeypatch.setattr("shared.messaging.held.SILENT", 1.5)
    announce(registration_db, *(f"quiet {number}" for number in range(120)))
    with registration_db.transaction() as session:
        session.execute(outbox.update().values(queue=quiet))
    announce(registration_db, "after", "quiet 3")

    def waiting() -> set[str]:
        with registration_db.reading() as session:
            return set(session.scalars(sa.select(outbox.c.thing).where(outbox.c.published_at.is_(None))))

    stuck = {f"quiet {number}" for number in range(120)}
    broker = connection.connect(amqp_url, "test")
    broker.channel().queue_declare(quiet, exclusive=True)
    with running(Relay(registration_db, amqp_url, "registration", threading.Event())):
        eventually(lambda: waiting() == stuck)
        announce(registration_db, "later")  # once they are tried again and again
        eventually(lambda: waiting() == stuck)
        silence.clear()
        eventually(lambda: waiting() == set(), seconds=20)
    broker.close()
