"""The real PostgreSQL and RabbitMQ that the tests run against, shared by the workers of one run.

With pytest-xdist the controller finds or starts them once, while its workers import and run what needs no server;
without it they start when the first test needs them. Every worker has databases and a virtual host of its own.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from deploy.local import backends as local
from deploy.local.databases import clear_broker
from deploy.local.processes import LocalError, Processes, home_of, wait_until
from shared.db import Database

SERVICES = ("registration", "jury", "mailer")
_VARIABLE = "AGORA_TEST_SHARED_BACKENDS"  # from the controller to its workers: the file that will hold the addresses


@dataclass(frozen=True)
class Addresses:
    """Where the servers of this run are. vhosts: name to address; empty when the broker was given to us."""

    way: str
    postgres: str
    amqp: str
    vhosts: dict[str, str]


class Running:
    """Servers that this process started, to be stopped by it."""

    def __init__(self, workers: Sequence[str], say: Callable[[str], None]) -> None:
        home, self._lock = home_of("test")
        self.processes = Processes()
        atexit.register(self.stop)
        self.backends = local.start("test", home, self.processes, vhosts=workers, say=say)
        broker = self.backends.rabbitmq
        vhosts = {name: url for name in workers if (url := broker.vhost_url(name))}
        self.addresses = Addresses(self.backends.way, self.backends.postgres.url, broker.url, vhosts)

    def stop(self) -> None:
        atexit.unregister(self.stop)
        if self.backends.way == "packages":
            self.backends.rabbitmq.kill()  # nobody keeps what it holds, and its good order takes seconds
        self.backends.close()
        self.processes.stop()
        self._lock.close()


class Starting:
    """Servers being started for this process's workers, which inherit our environment."""

    def __init__(self, workers: Sequence[str], say: Callable[[str], None]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="agora-test-")
        self._running: Running | None = None
        os.environ[_VARIABLE] = str(Path(self._folder.name) / "addresses")
        self._thread = threading.Thread(target=self._start, args=(workers, say, Path(os.environ[_VARIABLE])))
        self._thread.start()

    def _start(self, workers: Sequence[str], say: Callable[[str], None], file: Path) -> None:
        try:
            self._running = Running(workers, say)
            told = {"addresses": asdict(self._running.addresses)}
        except LocalError as error:
            say(str(error))
            told = {"error": str(error)}
        part = file.with_suffix(".part")
        part.write_text(json.dumps(told))
        part.rename(file)

    def stop(self) -> None:
        self._thread.join()
        if self._running:
            self._running.stop()
        self._folder.cleanup()


def published() -> Addresses | None:
    """What the controller started, once it is up; None without one. Raises LocalError when it could not be started."""
    if not (name := os.environ.get(_VARIABLE)):
        return None
    wait_until(Path(name).exists, "The controller of this run", seconds=300)
    told = json.loads(Path(name).read_text())
    if "error" in told:
        raise LocalError(told["error"])
    return Addresses(**told["addresses"])


def database_name(addresses: Addresses, service: str, worker: str) -> str:
    """On a server that is not ours the name gets a random end, so that two runs may share it."""
    name = f"test_{service}_{worker}"
    return f"{name}_{secrets.token_hex(3)}" if addresses.way == "given" else name


def empty(db: Database) -> None:
    """Remove every row of every table, whatever a test before left: a page being closed may still be writing."""
    try:
        _empty(db)
    except sa.exc.OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
            raise
        _empty(db)


def _empty(db: Database) -> None:
    """DELETE takes 2 ms where TRUNCATE takes a hundred: tables are nearly empty, and TRUNCATE makes new files. The role
    "replica" leaves foreign keys and triggers out; only a superuser may take it.
    """
    with db.engine.begin() as connection:
        tables = connection.execute(sa.text(_TABLES)).scalars().all()
        # A test that left a transaction open would block this for ever.
        settings = "SET LOCAL lock_timeout = '10s'; SET LOCAL session_replication_role = replica; "
        connection.exec_driver_sql(settings + "; ".join(f"DELETE FROM {table}" for table in tables))


_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'
"""


@contextmanager
def clean_broker(addresses: Addresses, worker: str) -> Iterator[str]:
    """The address of a virtual host without our queues and exchanges.

    Where it is shared by several workers, they take turns.
    """
    own = addresses.vhosts.get(worker)
    url = own or addresses.amqp
    mark = hashlib.sha256(url.encode()).hexdigest()[:12]
    with (Path(tempfile.gettempdir()) / f"agora-test-broker-{mark}.lock").open("w") as turn:
        if own is None:
            fcntl.flock(turn, fcntl.LOCK_EX)
        clear_broker(url)
        yield url
