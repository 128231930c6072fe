"""The jury service under gunicorn as in production, on a database of its own that is dropped at the end."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local import databases
from deploy.local.keys import make_keys
from deploy.local.processes import free_port
from shared import identity, migrations
from shared.db import Database
from tests import backends
from tests.load.processes import process


@dataclass(frozen=True)
class House:
    url: str
    db: Database
    keys: Path

    def staff_cookie(self, *roles: str) -> str:
        """The Cookie header of a signed-in member of staff."""
        staff = identity.Staff(
            id=uuid.uuid4(), name="Camille Roux", email="camille.roux@agora.example", roles=frozenset(roles)
        )
        token = identity.sign(staff, self.keys / "staff.pem", identity.real_now() - dt.timedelta(seconds=1))
        return f"{identity.COOKIE}={token}"


@contextlib.contextmanager
def jury(folder: Path) -> Iterator[House]:
    """PostgreSQL and RabbitMQ as the tests find them, and `python -m services.jury web` with its usual settings."""
    addresses = (running := backends.Running(["load"], lambda text: print(f"agora: {text}", flush=True))).addresses
    name = f"load_jury_{uuid.uuid4().hex[:6]}"
    try:
        url = databases.create(addresses.postgres, name)
        migrations.upgrade("jury", url)
        db = Database(url, application_name="load")
        make_keys(folder)
        with _web(folder, url, addresses.amqp) as address:
            yield House(address, db, folder)
        db.dispose()
    finally:
        databases.drop(addresses.postgres, name)
        running.stop()


@contextlib.contextmanager
def _web(folder: Path, database_url: str, amqp_url: str) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    metrics = folder / "metrics"
    metrics.mkdir()
    environment = os.environ | {
        "AGORA_ENV": "development",
        "AGORA_BIND": f"127.0.0.1:{port}",
        "AGORA_DATABASE_URL": database_url,
        "AGORA_AMQP_URL": amqp_url,
        "AGORA_SECRET_KEY": "a key for load tests, known to all",
        "AGORA_PUBLIC_URL": address,
        "AGORA_REGISTRATION_URL": address,
        "AGORA_JURY_URL": address,
        "AGORA_MAILER_URL": address,
        "AGORA_STAFF_PUBLIC_KEY_FILE": str(folder / "staff.pub.pem"),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "AGORA_RATE_LIMIT_FACTOR": "1000",
    }
    web = [sys.executable, "-m", "services.jury", "web"]
    with process(web, environment, folder / "web.log", f"{address}/livez"):
        yield address
