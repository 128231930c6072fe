"""The registration service under gunicorn as deployed, with its worker, on a database dropped at the end."""

from __future__ import annotations

import contextlib
import dataclasses
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
from services.registration import presets
from services.registration.models import Event
from services.registration.use_cases import events
from shared import clock, identity, migrations
from shared.db import Database
from tests import backends
from tests.load.processes import process


@dataclass(frozen=True)
class House:
    url: str
    db: Database
    folder: Path
    environment: dict[str, str]
    web: int
    """The first process of gunicorn."""
    worker: int

    def event(self, capacity: int, workshop: int | None = None) -> Event:
        """A published Agora in 40 days: two slots, five workshops."""
        draft = presets.agora(6, clock.now().date() + dt.timedelta(days=40), capacity=capacity)
        slots = [
            dataclasses.replace(
                slot, workshops=[dataclasses.replace(one, capacity=workshop or one.capacity) for one in slot.workshops]
            )
            for slot in draft.slots
        ]
        draft = dataclasses.replace(draft, slug=f"essai-{uuid.uuid4().hex[:8]}", slots=slots)
        with self.db.transaction() as session:
            event = events.create(session, draft, clock.now(), who="command:load")
            return events.publish(session, event.id, clock.now(), who="command:load", site=self.url)

    def staff_cookies(self, *roles: str) -> dict[str, str]:
        """The cookies of a signed-in member of staff."""
        staff = identity.Staff(
            id=uuid.uuid4(), name="Camille Roux", email="camille.roux@agora.example", roles=frozenset(roles)
        )
        token = identity.sign(staff, self.folder / "staff.pem", identity.real_now() - dt.timedelta(seconds=1))
        return {identity.COOKIE: token}


@contextlib.contextmanager
def registration(folder: Path) -> Iterator[House]:
    """PostgreSQL and RabbitMQ as the tests find them, `web` and `worker` with their usual settings."""
    addresses = (running := backends.Running(["load"], lambda text: print(f"agora: {text}", flush=True))).addresses
    name = f"load_registration_{uuid.uuid4().hex[:6]}"
    try:
        url = databases.create(addresses.postgres, name)
        migrations.upgrade("registration", url)
        db = Database(url, application_name="load")
        make_keys(folder)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "AGORA_BIND": f"127.0.0.1:{port}",
            "AGORA_DATABASE_URL": url,
            "AGORA_AMQP_URL": addresses.amqp,
            "AGORA_SECRET_KEY": "a key for load tests, known to all",
            "AGORA_PUBLIC_URL": address,
            "AGORA_STAFF_PUBLIC_KEY_FILE": str(folder / "staff.pub.pem"),
            # One address sends what a whole region sends, without reading: neither limit is what is measured.
            "AGORA_RATE_LIMIT_FACTOR": "100000",
        }
        python = [sys.executable, "-m", "services.registration"]
        with (
            process([*python, "worker"], environment, folder / "worker.log") as worker,
            process([*python, "web"], environment, folder / "web.log", f"{address}/livez") as web,
        ):
            yield House(address, db, folder, environment, web, worker)
        db.dispose()
    finally:
        databases.drop(addresses.postgres, name)
        running.stop()
