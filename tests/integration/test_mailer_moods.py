"""Relays and brokers at their worst: nobody gets a mail twice, nobody is forgotten, what is open is on the list."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from services.mailer.handlers import handlers
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from shared.db import Database, new_id
from shared.messaging.consumer import receive
from tests.integration.test_mailer_handlers import TEMPLATES, sample
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import DROP, SmtpServer

pytestmark = pytest.mark.slow  # a real sender starts and stops in each of them

READERS = 60


@pytest.fixture
def send_all(mailer_db: Database, settings_of: Callable[..., Settings]) -> Callable[[SmtpServer], None]:
    """send_all(relay): a sender runs until nothing is left to send; waits between tries are a thousandth."""

    def send(relay: SmtpServer) -> None:
        stop = threading.Event()
        chosen = {"smtp_url": relay.url, "smtp_timeout": 5.0, "bulk_connections": 2, "retry_factor": 0.001}
        sender = Sender(settings_of("mailer", mailer_db.url, **chosen), stop)
        thread = threading.Thread(target=sender.run)
        thread.start()
        try:
            deadline = time.monotonic() + 90
            while counts(mailer_db).keys() - {"accepted", "rejected", "unknown"}:
                assert time.monotonic() < deadline, counts(mailer_db)
                time.sleep(0.05)
        finally:
            stop.set()
            thread.join(30)

    return send


def everybody() -> list[str]:
    return sorted(f"lecteur{n}@lecteurs.test" for n in range(1, READERS + 1))


def outcomes(db: Database) -> dict[str, int]:
    return {row.outcome: row.n for row in run(db, "SELECT outcome, count(*) AS n FROM attempts GROUP BY outcome")}


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_relay_that_takes_the_mail_and_drops_the_line(
    mailer_db: Database, send_all: Callable[[SmtpServer], None], pipelining: bool
) -> None:
    readers(mailer_db, READERS)
    campaign(mailer_db)
    dropped: set[str] = set()

    def on_data(number: int, raw: bytes) -> str:
        if number % 7:
            return ""
        dropped.add(raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode())
        return DROP

    with SmtpServer(on_data=on_data, pipelining=pipelining) as relay:
        send_all(relay)
    taken = Counter(mail.message_id for mail in relay.taken)
    assert set(taken.values()) == {1}
    assert len(taken) + len(dropped) == READERS
    unknown = run(mailer_db, "SELECT message_id FROM messages WHERE state = 'unknown'")
    assert {row.message_id for row in unknown} == dropped
    assert relay.seen == READERS, "an open outcome was tried again"


@pytest.mark.parametrize("pipelining", [False, True])
def test_421_to_every_tenth_dot(mailer_db: Database, send_all: Callable[[SmtpServer], None], pipelining: bool) -> None:
    readers(mailer_db, READERS)
    campaign(mailer_db)
    moody = SmtpServer(on_data=lambda number, raw: "" if number % 10 else "421 4.3.2 closing", pipelining=pipelining)
    with moody as relay:
        send_all(relay)
    assert sorted(mail.recipient for mail in relay.taken) == everybody()
    assert counts(mailer_db) == {"accepted": READERS}
    assert run(mailer_db, "SELECT count(*) AS n FROM suppressions")[0].n == 0


def test_454_in_bursts(mailer_db: Database, send_all: Callable[[SmtpServer], None]) -> None:
    readers(mailer_db, READERS)
    campaign(mailer_db)
    asked: list[str] = []

    def on_rcpt(address: str) -> str:
        asked.append(address)
        return "454 4.7.0 temporary failure" if len(asked) % 25 in (5, 6, 7) else ""

    with SmtpServer(on_rcpt=on_rcpt) as relay:
        send_all(relay)
    assert sorted(mail.recipient for mail in relay.taken) == everybody()
    assert counts(mailer_db) == {"accepted": READERS}
    assert outcomes(mailer_db) == {"accepted": READERS}, "a refusal of the lane was held against a recipient"


@pytest.mark.parametrize("pipelining", [False, True])
def test_everybody_is_greylisted_once(
    mailer_db: Database, send_all: Callable[[SmtpServer], None], pipelining: bool
) -> None:
    readers(mailer_db, READERS)
    campaign(mailer_db)
    known: set[str] = set()

    def on_rcpt(address: str) -> str:
        if address in known:
            return ""
        known.add(address)
        return "451 4.7.1 greylisted, come back later"

    with SmtpServer(on_rcpt=on_rcpt, pipelining=pipelining) as relay:
        send_all(relay)
    assert sorted(mail.recipient for mail in relay.taken) == everybody()
    assert outcomes(mailer_db) == {"accepted": READERS, "deferred": READERS}
    assert run(mailer_db, "SELECT count(*) AS n FROM breakers WHERE failures > 0")[0].n == 0


@pytest.mark.parametrize("seed", range(2))
def test_each_fact_five_times_in_any_order_is_one_mail(
    mailer_db: Database, send_all: Callable[[SmtpServer], None], seed: int
) -> None:
    bodies = []
    for type in TEMPLATES:
        for number in range(3):
            fact = sample(type)
            fact["id"], fact["subject"] = str(new_id()), str(uuid.uuid4())
            fact["data"]["person"]["email"] = f"personne{number}@{type.replace('_', '-')}.test"
            bodies += [json.dumps(fact).encode()] * 5
    random.Random(seed).shuffle(bodies)
    for body in bodies:
        receive(mailer_db, handlers, body)
    with SmtpServer() as relay:
        send_all(relay)
    assert set(Counter(mail.recipient for mail in relay.taken).values()) == {1}
    assert len(relay.taken) == len(TEMPLATES) * 3
    assert counts(mailer_db) == {"accepted": len(TEMPLATES) * 3}
