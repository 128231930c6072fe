"""A partner's server that misbehaves harms nobody but itself; one that is stopped is told nothing more."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from deploy.local.processes import wait_until
from services.mailer import probes
from services.registration.models import Delivery
from services.registration.use_cases.programs import hooks
from shared import clock
from shared.db import Database
from shared.webhooks import calls, rules

TYPE = "registration.registration.confirmed.v1"


@contextlib.contextmanager
def answering(words: bytes) -> Iterator[int]:
    """A server that says these words to the one who calls; yields its port."""

    def answer(listening: socket.socket) -> None:
        line, _address = listening.accept()
        with line:
            line.recv(65536)
            line.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def add(db: Database, url: str) -> uuid.UUID:
    with db.transaction() as session:
        webhook_id: uuid.UUID = hooks.add(session, url, [TYPE], clock.now(), who="admin", local=True).id
        return webhook_id


def write_down(db: Database) -> None:
    with db.transaction() as session:
        hooks.write_down(session, uuid.uuid4(), {"type": TYPE}, clock.now())


def test_a_status_line_with_a_nul_is_written_down(registration_app: Any, registration_db: Database) -> None:
    with answering(b"HTTP/1.1 500 Out\0 of\x1b order\r\nContent-Length: 0\r\n\r\n") as port:
        add(registration_db, f"http://127.0.0.1:{port}/")
        write_down(registration_db)
        assert calls.deliver(hooks, registration_db, registration_app.extensions["settings"]) == 1
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Delivery.last_answer)).one() == "500 Out of order"


def test_a_fact_that_comes_while_an_address_is_stopped_is_not_told(registration_db: Database) -> None:
    webhook = add(registration_db, "http://127.0.0.1:9/")
    with ThreadPoolExecutor(1) as other:
        with registration_db.transaction() as session:
            hooks.stop(session, webhook, clock.now(), who="admin")
            session.flush()
            written = other.submit(write_down, registration_db)
            time.sleep(0.5)  # it has looked which addresses there are
        written.result(5)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Delivery.state)).all() == []


def counted() -> float:
    return REGISTRY.get_sample_value("agora_webhook_failures_total") or 0.0


def test_a_call_that_fails_unforeseen_ends_no_thread_and_keeps_no_other_from_being_told(
    registration_app: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two addresses: signing for the first raises what nobody thought of."""
    signature, broken = rules.signature, add(registration_db, "http://127.0.0.1:9/")
    key = rules.signing_key(registration_app.extensions["settings"].secret_key, str(broken))

    def raises(keys: list[bytes], *more: Any) -> str:
        if keys == [key]:
            raise ZeroDivisionError("nobody thought of it")
        return signature(keys, *more)

    monkeypatch.setattr(rules, "signature", raises)
    monkeypatch.setattr(calls, "PAUSE", 0.1)
    stop, before = threading.Event(), counted()
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as port:
        add(registration_db, f"http://127.0.0.1:{port}/")
        write_down(registration_db)
        settings = registration_app.extensions["settings"]
        thread = threading.Thread(target=calls.run, args=(hooks, registration_db, settings, stop), daemon=True)
        thread.start()
        # The broken one is given up in the end, as one that never answers.
        wanted = [("told", "204 No Content"), ("waiting", "broken")]
        wait_until(lambda: answers(registration_db) == wanted, "the other address", seconds=10)
    assert counted() == before + 1
    monkeypatch.setattr(calls, "take", raises_always)
    wait_until(lambda: counted() >= before + 3, "more rounds", seconds=10)
    assert thread.is_alive()
    stop.set()
    thread.join(10)


def raises_always(*_: Any) -> list[calls.Due]:
    raise ZeroDivisionError("nobody thought of it")


def answers(db: Database) -> list[tuple[str, str]]:
    with db.reading() as session:
        return sorted((one.state, one.last_answer) for one in session.scalars(sa.select(Delivery)))


def test_a_name_server_that_never_answers_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: silent.wait(30))
    monkeypatch.setattr(calls, "PATIENCE", 0.2)
    monkeypatch.setattr(probes, "TIMEOUT", 0.2)
    began = time.monotonic()
    with pytest.raises(calls.NotAnswered, match="timeout"):
        calls.call(due("https://partner.example/"), [b"key"], local=False)
    assert not probes.answers("https://partner.example/")
    assert time.monotonic() - began < 5
    silent.set()


def test_a_name_that_does_not_exist_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(calls.NotAnswered, match="unknown-name"):
        calls.call(due("https://partner.invalid/"), [b"key"], local=False)


def due(url: str) -> calls.Due:
    one = uuid.uuid4()
    return calls.Due(id=one, webhook_id=one, url=url, fact_id=one, body={}, attempts=1, keys=(0,))
