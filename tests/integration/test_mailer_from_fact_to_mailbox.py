"""The whole road of a fact: registration's outbox, the broker, the mailer's handler, the ledger, the relay."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.mailer.handlers import handlers
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from shared import tracing
from shared.contracts import registry
from shared.db import Database
from shared.messaging import outbox
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from tests.mailer_people import run
from tests.smtp_server import SmtpServer

SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
KIND = "registration.registration.confirmed.v1"


@pytest.mark.slow
def test_a_confirmation_reaches_the_mailbox_under_one_correlation_id(
    registration_db: Database, mailer_db: Database, amqp_url: str, settings_of: Callable[..., Settings]
) -> None:
    data = registry.load(KIND, json.loads((SAMPLES / f"{KIND}.json").read_text())["data"])
    stop = threading.Event()
    with ExitStack() as stack, capture_logs() as logs:
        mailbox = stack.enter_context(SmtpServer())
        sender = Sender(settings_of("mailer", mailer_db.url, smtp_url=mailbox.url), stop)
        relay = Relay(registration_db, amqp_url, "registration", stop)
        consumer = Consumer(mailer_db, amqp_url, handlers, stop)
        threads = [threading.Thread(target=work) for work in (sender.run, relay.run, consumer.run)]
        for thread in threads:
            thread.start()
        try:
            wait(lambda: relay.is_ready and consumer.is_ready and sender.presence.held.is_set())
            with registration_db.transaction() as session, tracing.thread_of() as correlation:
                outbox.add(session, KIND, data, thing=data["registration_id"])
            wait(lambda: len(mailbox.taken) == 1)
            wait(lambda: run(mailer_db, "SELECT state FROM messages")[0].state == "accepted")
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
    assert mailbox.taken[0].recipient == data["person"]["email"]
    (row,) = run(mailer_db, "SELECT correlation_id, message_id FROM messages")
    assert (row.correlation_id, row.message_id) == (correlation, mailbox.taken[0].message_id)
    assert [entry["outcome"] for entry in logs if entry["event"] == "mail"] == ["accepted"]


def wait(check: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.02)
