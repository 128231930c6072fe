"""A fact is never lost, never counts twice, and facts about one thing keep their order: real database, real broker."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from shared import clock, metrics
from shared.db import Database
from shared.errors import ContractError, RuleError
from shared.messaging import connection, consumer, deadletters, envelope, outbox, topology
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Event, Handlers, is_newer
from shared.messaging.held import Held
from shared.messaging.publisher import Publisher
from shared.messaging.relay import Relay, publish_batch
from shared.messaging.tables import dead_letters
from shared.messaging.tables import inbox as inbox_table
from shared.messaging.tables import outbox as outbox_table

LEFT = "mailer.contact.unsubscribed.v1"


def announce(db: Database, *things: str) -> None:
    with db.transaction() as session:
        for thing in things:
            fact = {"contact_id": uuid.uuid4(), "list": "echo", "at": clock.now()}
            outbox.add(session, LEFT, fact, thing=thing)


def eventually(truth: Callable[[], bool], seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def running(*parts: Relay | Consumer) -> Iterator[None]:
    threads = [threading.Thread(target=part.run, daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for part in parts:
            part.stop.set()
        for thread in threads:
            thread.join(10)


class Notebook:
    """A handler that writes down what it is given, in the order it is given."""

    def __init__(self) -> None:
        self.handlers = Handlers("jury")
        self.seen: list[tuple[str, int]] = []
        self.fail: Callable[[Event], None] = lambda _event: None
        self.handlers.on(LEFT)(self.note)

    def note(self, session: Session, event: Event) -> None:
        self.fail(event)
        self.seen.append((event.thing, event.sequence))


@pytest.fixture(autouse=True)
def _stop_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.relay.IDLE", 0.05)
    monkeypatch.setattr("shared.messaging.consumer.IDLE", 0.05)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def relay(registration_db: Database, amqp_url: str) -> Relay:
    return Relay(registration_db, amqp_url, "registration", threading.Event())


@pytest.fixture
def receiver(jury_db: Database, amqp_url: str, notebook: Notebook) -> Consumer:
    return Consumer(jury_db, amqp_url, notebook.handlers, threading.Event())


@pytest.fixture
def body(registration_db: Database) -> bytes:
    """One well-formed message, as the relay would send it."""
    announce(registration_db, "thing")
    with registration_db.reading() as session:
        return json.dumps(session.scalar(sa.select(outbox_table.c.envelope))).encode()


def fact_of(db: Database, thing: str) -> tuple[bytes, pika.BasicProperties]:
    with db.reading() as session:
        envelope = session.scalar(sa.select(outbox_table.c.envelope).where(outbox_table.c.thing == thing))
    return json.dumps(envelope).encode(), pika.BasicProperties(delivery_mode=2, type=LEFT)


def send(amqp_url: str, body: bytes) -> None:
    broker = connection.connect(amqp_url, "test")
    channel = broker.channel()
    topology.declare_service(channel, "jury", [LEFT])
    channel.basic_publish("", "jury.inbox", body, pika.BasicProperties(delivery_mode=2, type=LEFT))
    broker.close()


def test_a_fact_that_is_not_wanted_now_is_let_go_unread(jury_db: Database, amqp_url: str, body: bytes) -> None:
    handled: list[str] = []
    is_wanted = threading.Event()
    handlers = Handlers("jury")
    handlers.on(LEFT, wanted=lambda _session: is_wanted.is_set())(lambda _session, event: handled.append(event.thing))

    def met(outcome: str) -> float:
        return metrics.consumed.labels(LEFT, outcome)._value.get()

    let_go = met("unwanted")
    with running(Consumer(jury_db, amqp_url, handlers, threading.Event())):
        send(amqp_url, b"not even JSON")
        eventually(lambda: met("unwanted") == let_go + 1)
        is_wanted.set()
        send(amqp_url, body)
        eventually(lambda: handled == ["thing"])
    with jury_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(inbox_table)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(dead_letters)) == 0


def test_our_own_facts_come_to_us_only_while_we_want_them(registration_db: Database, amqp_url: str) -> None:
    handled: list[str] = []
    is_wanted = threading.Event()
    handlers = Handlers("mailer")
    handlers.on(LEFT, wanted=lambda _session: is_wanted.is_set())(lambda _session, event: handled.append(event.thing))
    broker = connection.connect(amqp_url, "test")
    channel = broker.channel()
    topology.declare_service(channel, "mailer", [LEFT])  # as the release before did
    topology.declare_service(channel, "jury", [LEFT])

    def waiting(service: str) -> int:
        return channel.queue_declare(topology.inbox_of(service), passive=True).method.message_count

    stop = threading.Event()
    with running(Relay(registration_db, amqp_url, "mailer", stop, handlers)):
        announce(registration_db, "a", "b")
        eventually(lambda: waiting("jury") == 2)
        assert waiting("mailer") == 0
        is_wanted.set()
        announce(registration_db, "c")
        eventually(lambda: waiting("jury") == 3)
    assert waiting("mailer") == 1
    with running(Consumer(registration_db, amqp_url, handlers, threading.Event())):
        eventually(lambda: handled == ["c"])
        channel.basic_publish("", "mailer.inbox", *fact_of(registration_db, "c"))  # told again after a crash
        channel.basic_publish("", "mailer.inbox", *fact_of(registration_db, "a"))  # sent by the release before
        eventually(lambda: handled == ["c", "a"])
    broker.close()


def test_a_fact_travels_from_one_database_to_another(
    registration_db: Database, relay: Relay, receiver: Consumer, notebook: Notebook
) -> None:
    with running(relay, receiver):
        announce(registration_db, "a", "b", "a")
        eventually(lambda: len(notebook.seen) == 3)
    assert notebook.seen == [("a", 1), ("b", 1), ("a", 2)]


def test_a_rolled_back_transaction_announces_nothing(registration_db: Database) -> None:
    fact = {"contact_id": uuid.uuid4(), "list": "echo", "at": clock.now()}
    with pytest.raises(ZeroDivisionError), registration_db.transaction() as session:
        outbox.add(session, LEFT, fact, thing="a")
        raise ZeroDivisionError
    with registration_db.reading() as session:
        assert outbox.waiting(session) == (0, 0.0)


def test_a_wrong_payload_fails_where_it_is_made(registration_db: Database) -> None:
    with pytest.raises(ContractError), registration_db.transaction() as session:
        outbox.add(session, LEFT, {"list": "echo"}, thing="a")
    fact = {"contact_id": uuid.uuid4(), "list": "echo", "at": clock.now(), "e_mail": "x"}
    with pytest.raises(ContractError, match="e_mail"), registration_db.transaction() as session:
        outbox.add(session, LEFT, fact, thing="a")


def test_facts_announced_before_the_receiver_ever_started_reach_it(
    registration_db: Database, relay: Relay, receiver: Consumer, notebook: Notebook
) -> None:
    announce(registration_db, *"abaca")
    with running(relay):
        eventually(lambda: all_published(registration_db))
    with running(Relay(registration_db, relay.amqp_url, "registration", threading.Event()), receiver):
        announce(registration_db, *"ab")
        eventually(lambda: len(notebook.seen) == 7)
    assert notebook.seen == [("a", 1), ("b", 1), ("a", 2), ("c", 1), ("a", 3), ("a", 4), ("b", 2)]


def all_published(db: Database) -> bool:
    with db.reading() as session:
        return outbox.waiting(session)[0] == 0


def test_two_relays_publish_each_fact_once_and_in_order(
    registration_db: Database, amqp_url: str, relay: Relay, receiver: Consumer, notebook: Notebook
) -> None:
    second = Relay(registration_db, amqp_url, "registration", threading.Event())
    sent_before = metrics.published.labels(LEFT)._value.get()
    with running(receiver), running(relay, second):
        # What is published before a queue is bound is fetched later: order holds from the binding on.
        eventually(lambda: receiver.is_ready)
        for _ in range(20):
            announce(registration_db, *"abcdefghij")
        eventually(lambda: len(notebook.seen) >= 200)
    # The inbox would drop what a second leader sends; none may lead beside the first.
    assert metrics.published.labels(LEFT)._value.get() - sent_before == 200
    for name in "abcdefghij":
        assert [number for thing, number in notebook.seen if thing == name] == list(range(1, 21))


def test_only_what_the_broker_took_is_marked_as_published(
    registration_db: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it refuses holds up later facts about the same thing, and nothing else, however many are refused."""
    said = structlog.testing.LogCapture()
    monkeypatch.setattr("shared.messaging.relay.log", structlog.wrap_logger(None, processors=[said]))
    monkeypatch.setattr("shared.messaging.held.FIRST", 0.3)
    nowhere = f"nowhere.{uuid.uuid4().hex}"
    announce(registration_db, "before", *(f"stuck {number}" for number in range(120)))
    with registration_db.transaction() as session:
        session.execute(outbox_table.update().where(outbox_table.c.thing != "before").values(queue=nowhere))
    announce(registration_db, "between", "stuck 3", "after", "stuck 3", "last")

    def waiting() -> list[str]:
        query = sa.select(outbox_table.c.thing).where(outbox_table.c.published_at.is_(None)).order_by(outbox_table.c.id)
        with registration_db.reading() as session:
            return list(session.scalars(query))

    stuck = [*(f"stuck {number}" for number in range(120)), "stuck 3", "stuck 3"]
    sent_before = metrics.published.labels(LEFT)._value.get()
    broker = connection.connect(relay.amqp_url, "test")
    channel = broker.channel()
    topology.declare_exchanges(channel)
    everywhere = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(everywhere, topology.EVENTS, LEFT)
    with running(relay):
        eventually(lambda: waiting() == stuck)
        time.sleep(0.5)  # long enough for the relay to have tried again
        assert waiting() == stuck
        assert relay.is_ready
        channel.queue_declare(nowhere, exclusive=True)
        eventually(lambda: waiting() == [])
    assert metrics.published.labels(LEFT)._value.get() - sent_before == 126
    assert [channel.basic_get(nowhere, auto_ack=True)[0] is not None for _ in range(121)] == [True] * 120 + [False]
    told = [json.loads(body) for _how, _what, body in iter(lambda: channel.basic_get(everywhere, True), (None,) * 3)]
    broker.close()
    order = ["before 1", "between 1", "after 1", "last 1", "stuck 3 2", "stuck 3 3"]
    assert [f"{fact['subject']} {fact['sequence']}" for fact in told] == order
    line = next(line for line in said.entries if line["event"] == "the broker refuses facts")
    assert (line["type"], line["where"], line["facts"]) == (LEFT, f"queue {nowhere}", 99)
    assert line["reason"].startswith("no such queue: ")


def publishing(amqp_url: str) -> Publisher:
    broker = connection.connect(amqp_url, "test")
    topology.declare_exchanges(broker.channel())
    broker.close()
    return Publisher(amqp_url, "test")


def open_to(url: str) -> list[socket.socket]:
    """Every connection of this process to that address, in copies."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        if one.resolve().name.startswith("socket:"):
            with suppress(OSError):
                copy = socket.socket(fileno=os.dup(int(one.name)))
                with suppress(OSError):
                    if copy.family == socket.AF_INET and copy.getpeername()[1] == urlsplit(url).port:
                        found.append(copy)
                        continue
                copy.close()
    return found


def cut(url: str) -> None:
    """As if somebody had pulled the cable."""
    for one in open_to(url):
        with one, suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def road_to(amqp_url: str) -> Iterator[tuple[str, threading.Event]]:
    """Another address of the broker, and what makes everything vanish on the way from then on."""
    broker, vanishes, ends = urlsplit(amqp_url), threading.Event(), []
    door = socket.create_server(("127.0.0.1", 0))

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while carried := source.recv(65536):
                if not vanishes.is_set():
                    sink.sendall(carried)

    def serve() -> None:
        here, _address = door.accept()
        there = socket.create_connection((broker.hostname, broker.port))
        ends.extend([here, there])
        threading.Thread(target=carry, args=(there, here), daemon=True).start()
        carry(here, there)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield amqp_url.replace(f":{broker.port}/", f":{door.getsockname()[1]}/"), vanishes
    finally:
        for one in [door, *ends]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def test_facts_travel_together_and_the_broker_s_word_is_awaited_once(registration_db: Database, amqp_url: str) -> None:
    publisher = publishing(amqp_url)
    settled: list[int] = []
    really = publisher.settle

    def settle() -> dict[str, str]:
        settled.append(len(publisher.untaken()))
        return really()

    publisher.settle = settle  # type: ignore[method-assign]
    announce(registration_db, *"abcda")
    with registration_db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        assert publish_batch(db, publisher, Held()) == 5
        assert publish_batch(db, publisher, Held()) == 0
    assert settled == [4, 1, 0]
    publisher.breathe()
    publisher.close()


def test_what_the_broker_had_not_confirmed_when_the_road_broke_leaves_again(
    registration_db: Database, amqp_url: str
) -> None:
    publisher = publishing(amqp_url)
    announce(registration_db, *"abc")
    with registration_db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        cut(amqp_url)
        with pytest.raises(connection.LOST):
            publish_batch(db, publisher, Held())
        publisher.close()
        another = publishing(amqp_url)
        assert publish_batch(db, another, Held()) == 3
        another.close()
    assert all_published(registration_db)


def test_a_broker_that_is_silent_keeps_nobody_from_stopping_and_no_socket(
    registration_db: Database, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.publisher.PATIENCE", 8)
    monkeypatch.setattr("shared.messaging.publisher.GOODBYE", 0.2)
    publishing(amqp_url).close()
    announce(registration_db, "a")
    stop = threading.Event()
    with (
        road_to(amqp_url) as (url, vanishes),
        registration_db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db,
    ):
        publisher = Publisher(url, "test", stop)
        vanishes.set()
        stop.set()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            publish_batch(db, publisher, Held())
        publisher.close()
        assert time.monotonic() - began < 4
        assert open_to(url) == []
    assert not all_published(registration_db)


def test_a_broker_whose_name_nobody_knows_now_is_tried_again() -> None:
    with pytest.raises(connection.LOST):
        Publisher("amqp://agora:x@broker.invalid/", "test")


def test_concurrent_facts_about_one_thing_commit_in_the_order_of_their_numbers(registration_db: Database) -> None:
    threads = [threading.Thread(target=announce, args=(registration_db, "one")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with registration_db.reading() as session:
        numbers = session.scalars(
            sa.select(outbox_table.c.envelope["sequence"].astext.cast(sa.Integer)).order_by(outbox_table.c.id)
        ).all()
    assert list(numbers) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_same_message_twice_has_one_effect(jury_db: Database, notebook: Notebook, body: bytes) -> None:
    assert consumer.receive(jury_db, notebook.handlers, body) == "handled"
    assert consumer.receive(jury_db, notebook.handlers, body) == "duplicate"
    assert notebook.seen == [("thing", 1)]


def test_an_effect_that_fails_leaves_no_inbox_row(jury_db: Database, notebook: Notebook, body: bytes) -> None:
    def fail(_event: Event) -> None:
        raise ZeroDivisionError

    notebook.fail = fail
    with pytest.raises(ZeroDivisionError):
        consumer.receive(jury_db, notebook.handlers, body)
    notebook.fail = lambda _event: None
    assert consumer.receive(jury_db, notebook.handlers, body) == "handled"


def test_a_passing_failure_comes_back_after_a_delay(
    monkeypatch: pytest.MonkeyPatch, amqp_url: str, jury_db: Database, notebook: Notebook, body: bytes
) -> None:
    monkeypatch.setitem(topology.DELAYS, "10s", 300)
    failures = iter([ZeroDivisionError, OSError])

    def fail_twice(_event: Event) -> None:
        for failure in failures:
            raise failure

    notebook.fail = fail_twice
    with running(Consumer(jury_db, amqp_url, notebook.handlers, threading.Event())):
        send(amqp_url, body)
        eventually(lambda: notebook.seen == [("thing", 1)])


def test_a_failure_that_never_passes_is_parked_in_the_end(
    monkeypatch: pytest.MonkeyPatch, amqp_url: str, jury_db: Database, notebook: Notebook, body: bytes
) -> None:
    monkeypatch.setitem(topology.DELAYS, "10s", 100)
    monkeypatch.setattr(consumer, "SCHEDULE", ["10s"] * 2)
    tries: list[int] = []

    def fail(event: Event) -> None:
        tries.append(event.sequence)
        raise ZeroDivisionError

    notebook.fail = fail
    with running(Consumer(jury_db, amqp_url, notebook.handlers, threading.Event())):
        send(amqp_url, body)
        eventually(lambda: len(parked(jury_db)) == 1)
    assert len(tries) == 3
    with jury_db.reading() as session:
        (letter,) = deadletters.parked(session)
    assert letter.reason.startswith("3 attempts: ZeroDivisionError")
    assert letter.attempts == 3


def test_a_database_that_hangs_up_costs_no_attempt(
    amqp_url: str, jury_db: Database, receiver: Consumer, notebook: Notebook, body: bytes
) -> None:
    hang_up = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    once = iter([hang_up])

    def cut(_event: Event) -> None:
        for statement in once:
            with jury_db.engine.connect() as connection:
                connection.execute(statement)

    notebook.fail = cut
    with running(receiver):
        send(amqp_url, body)
        # Sooner than the ten seconds that a counted attempt would take.
        eventually(lambda: len(notebook.seen) == 2, 8)
    with jury_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(inbox_table)) == 1


def test_a_broken_rule_parks_the_message_and_a_replay_brings_it_back(
    amqp_url: str, jury_db: Database, receiver: Consumer, notebook: Notebook, body: bytes
) -> None:
    def refuse(_event: Event) -> None:
        raise RuleError("not-now", "Pas maintenant.")

    notebook.fail = refuse
    back = Relay(jury_db, amqp_url, "jury", threading.Event())
    with running(receiver, back):
        send(amqp_url, body)
        eventually(lambda: parked(jury_db) == ["Pas maintenant."])
        notebook.fail = lambda _event: None
        with jury_db.transaction() as session:
            letter = deadletters.parked(session)[0]
            deadletters.replay(session, "jury", letter.id, who="staff", now=clock.now())
        eventually(lambda: notebook.seen == [("thing", 1)])
    assert parked(jury_db) == []


def test_a_replay_that_fails_again_is_parked_again(
    amqp_url: str, jury_db: Database, receiver: Consumer, notebook: Notebook, body: bytes
) -> None:
    def refuse(_event: Event) -> None:
        raise RuleError("not-now", "Pas maintenant.")

    notebook.fail = refuse
    with running(receiver, Relay(jury_db, amqp_url, "jury", threading.Event())):
        send(amqp_url, body)
        eventually(lambda: parked(jury_db) == ["Pas maintenant."])
        with jury_db.transaction() as session:
            letter = deadletters.parked(session)[0]
            deadletters.replay(session, "jury", letter.id, who="staff", now=clock.now())
        eventually(lambda: parked(jury_db) == ["Pas maintenant."])
    with jury_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(dead_letters)) == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"{}", "CloudEvents"),
        (b'{"a":' * 5000, "not JSON"),
    ],
)
def test_what_is_not_an_event_is_parked_with_the_reason(
    amqp_url: str, jury_db: Database, receiver: Consumer, wrong: bytes, reason: str
) -> None:
    with running(receiver):
        send(amqp_url, wrong)
        eventually(lambda: len(parked(jury_db)) == 1)
    assert reason in parked(jury_db)[0]
    with jury_db.transaction() as session:
        assert deadletters.parked(session)[0].body == wrong


@pytest.mark.parametrize("other", ["mailer.contact.unsubscribed.v2", "registration.registration.confirmed.v1"])
def test_an_unknown_type_or_version_is_parked(
    amqp_url: str, jury_db: Database, receiver: Consumer, body: bytes, other: str
) -> None:
    with running(receiver):
        send(amqp_url, body.replace(LEFT.encode(), other.encode()))
        eventually(lambda: len(parked(jury_db)) == 1)


def parked(db: Database) -> list[str]:
    with db.reading() as session:
        return [letter.reason for letter in deadletters.parked(session)]


def test_unreadable_letters_can_only_be_dropped(jury_db: Database) -> None:
    consumer.store_dead(jury_db, "", "because", b"\xff", 0)
    with jury_db.transaction() as session:
        letter = deadletters.parked(session)[0]
        with pytest.raises(RuleError, match="illisible"):
            deadletters.replay(session, "jury", letter.id, who="staff", now=clock.now())
        deadletters.drop(session, letter.id, who="staff", now=clock.now())
        assert deadletters.parked(session) == []


def test_a_projection_ignores_what_is_older(jury_db: Database, body: bytes) -> None:
    from dataclasses import replace

    event = envelope.parse(body)
    with jury_db.transaction() as session:
        assert is_newer(session, replace(event, sequence=2))
        assert not is_newer(session, replace(event, sequence=1))
        assert not is_newer(session, replace(event, sequence=2))
        assert is_newer(session, replace(event, sequence=3))


def test_the_correlation_goes_from_the_request_into_the_handler(
    registration_db: Database, jury_db: Database, notebook: Notebook
) -> None:
    from shared import tracing

    inside: list[tuple[str, str]] = []
    notebook.fail = lambda event: inside.append((tracing.correlation_id(), tracing.current_traceparent()[3:35]))
    with tracing.thread_of("form-12345678"):
        announce(registration_db, "a")
        trace = tracing.current_traceparent()[3:35]
    with registration_db.reading() as session:
        body = json.dumps(session.scalar(sa.select(outbox_table.c.envelope))).encode()
    consumer.receive(jury_db, notebook.handlers, body)
    assert inside == [("form-12345678", trace)]
