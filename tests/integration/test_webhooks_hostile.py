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

import sqlalchemy as sa

from services.registration.models import Delivery
from services.registration.use_cases.programs import hooks
from shared import clock
from shared.db import Database
from shared.webhooks import calls

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
