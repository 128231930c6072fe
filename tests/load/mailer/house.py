"""Registration's and the mailer's processes on databases of their own, and what they cost."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import databases
from deploy.local.keys import make_keys
from deploy.local.processes import Child, Processes, wait_until
from services.mailer import presence
from shared import migrations
from shared.contracts import registry
from shared.db import Database
from shared.messaging import outbox
from tests import backends
from tests.mailer_people import run

_TICK = os.sysconf("SC_CLK_TCK")
_SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
_CONFIRMED = "registration.registration.confirmed.v1"


@dataclass(frozen=True)
class House:
    processes: Processes
    folder: Path
    mailer: Database
    registration: Database
    environment: dict[str, str]

    def start(self, service: str, command: str, number: int = 1, **settings: str) -> Child:
        db = self.mailer if service == "mailer" else self.registration
        environment = self.environment | {"AGORA_DATABASE_URL": db.url} | settings
        log = self.folder / f"{service}-{command}-{number}.log"
        argv = [sys.executable, "-m", f"services.{service}", command]
        return self.processes.start(f"{service} {command}", argv, log=log, env=environment)

    @contextlib.contextmanager
    def senders(self, count: int, port: int, connections: int) -> Iterator[list[Child]]:
        """`count` sender processes with `connections` bulk connections each, ready to claim."""
        settings = {
            "AGORA_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "AGORA_MAIL_BULK_CONNECTIONS": f"{connections}",
            "AGORA_MAIL_TRANSACTIONAL_CONNECTIONS": "2",
        }
        children = [self.start("mailer", "sender", number, **settings) for number in range(count)]
        try:
            wait_until(lambda: self._alive() == count, "the senders", seconds=60, child=children[0])
            yield children
        finally:
            for child in children:
                child.stop()

    def _alive(self) -> int:
        """Senders that hold their advisory lock. Others hold theirs too: the relay of the mailer's worker."""
        query = f"""SELECT count(*) AS n FROM pg_locks JOIN pg_database d ON d.oid = database
                    WHERE locktype = 'advisory' AND d.datname = current_database() AND granted
                      AND classid = {presence.LOCK_CLASS}"""
        return int(run(self.mailer, query)[0].n)

    def cpu(self, senders: list[Child]) -> dict[int, float]:
        """CPU seconds by process: the senders, and the PostgreSQL backends that work for them."""
        query = """SELECT pid FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE 'mailer %'"""
        pids = [child.pid for child in senders] + [row.pid for row in run(self.mailer, query)]
        return {pid: seconds for pid in pids if (seconds := _cpu(pid)) is not None}

    def confirm(self, number: int) -> str:
        """Announce a confirmation as registration does; its address."""
        data = registry.load(_CONFIRMED, json.loads((_SAMPLES / f"{_CONFIRMED}.json").read_text())["data"])
        email = f"inscrite{number}@personnes.test"
        data = data | {"registration_id": uuid.uuid4(), "person": {**data["person"], "email": email}}
        with self.registration.transaction() as session:
            outbox.add(session, _CONFIRMED, data, thing=data["registration_id"])
        return email


def spent(before: dict[int, float], after: dict[int, float], only: set[int] | None = None) -> float:
    """CPU seconds between two readings; a process that is new began at nothing."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items() if only is None or pid in only)


def peak_memory(child: Child) -> float:
    """Megabytes that the process held at most since its start (VmHWM)."""
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("inf")


def memory(child: Child) -> float:
    """Megabytes that the process holds now (VmRSS)."""
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("inf")


def _cpu(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # ended, or on another machine
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextlib.contextmanager
def house(folder: Path) -> Iterator[House]:
    """PostgreSQL and RabbitMQ as the tests find them; databases and keys for this run, gone at its end."""
    running = backends.Running(["load"], lambda text: print(f"agora: {text}", flush=True))
    processes = Processes()
    mark = uuid.uuid4().hex[:6]
    names = {service: f"load_{service}_{mark}" for service in ("mailer", "registration")}
    opened: dict[str, Any] = {}
    try:
        for service, name in names.items():
            url = databases.create(running.addresses.postgres, name)
            migrations.upgrade(service, url)
            opened[service] = Database(url, application_name="load")
        make_keys(folder)
        with backends.clean_broker(running.addresses, "load") as amqp:
            environment = os.environ | {
                "AGORA_ENV": "development",
                "AGORA_AMQP_URL": amqp,
                "AGORA_SECRET_KEY": "a key for load tests, known to all",
                "AGORA_PUBLIC_URL": "http://127.0.0.1:8003",
                "AGORA_STAFF_PUBLIC_KEY_FILE": str(folder / "staff.pub.pem"),
                "AGORA_DKIM_KEY_FILE": str(folder / "dkim.pem"),
                "AGORA_DKIM_SELECTOR": "load",
            }
            try:
                yield House(processes, folder, opened["mailer"], opened["registration"], environment)
            finally:
                processes.stop()
    finally:
        for service, name in names.items():
            if service in opened:
                opened[service].dispose()
            databases.drop(running.addresses.postgres, name)
        running.stop()


def wait_for(check: Any, seconds: float, what: str) -> bool:
    """Poll until it holds; says so and returns False when it does not in time.

    Twice a second: counting the rows of a large campaign more often would cost as much as sending it.
    """
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            print(f"  {what}: not within {seconds:.0f} s", flush=True)
            return False
        time.sleep(0.5)
    return True
