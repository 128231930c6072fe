"""A long file: bounded time and memory, how far it is moves, and a worker killed half-way loses nothing.

30,000 lines with `AGORA_CHAOS=long`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import imports
from services.mailer.models.contacts import Consent, Contact, ContactImport
from shared import clock
from shared.db import Database

pytestmark = pytest.mark.chaos

LINES = 30_000 if os.environ.get("AGORA_CHAOS") == "long" else 12_000
MEMORY = 300  # MB of a worker at most; 185 were measured with 30,000 lines
CPU = 30.0  # seconds of a worker; 3.5 to read and 5.5 to write were measured
PROOF = {"source": "adhésions 2016", "wording": "J’accepte de recevoir L’Écho"}
WORKER = """
import json, pathlib, re, sys, time
from services.mailer import chores
from shared.db import Database
chores.bring_in(Database(sys.argv[1]))
most = re.search("VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(json.dumps([time.process_time(), int(most[1]) // 1024]))
"""
"""What getrusage tells would count whoever started the worker: the most a process held outlives exec there."""


@contextmanager
def worker(db: Database) -> Iterator[subprocess.Popen[str]]:
    url = db.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", WORKER, url], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[float, int]:
    """Seconds of CPU and MB at most of a worker that came to the end."""
    told = process.communicate(timeout=240)[0].splitlines()[-1]
    cpu, memory = json.loads(told)
    return cpu, memory


def stand(db: Database) -> Any:
    with db.reading() as session:
        columns = (ContactImport.state, ContactImport.progress, ContactImport.counts)
        return session.execute(sa.select(*columns)).one()


def totals(db: Database) -> tuple[int, int, int]:
    """Contacts, consents, and different people among these."""
    with db.reading() as session:
        counted = [sa.func.count(Consent.id), sa.func.count(sa.distinct(Consent.contact_id))]
        contacts = session.scalar(sa.select(sa.func.count()).select_from(Contact)) or 0
        consents, people = session.execute(sa.select(*counted)).one()
        return contacts, consents, people


def test_each_line_is_written_once_though_the_worker_is_killed(mailer_db: Database) -> None:
    head = "Courriel;Prénom;Nom;Structure;Code postal;Sujets\n"
    lines = (f"p{n}@asso{n % 900}.example;Zoé;Hôte {n};Relais {n % 900};31000;eau, santé\n" for n in range(LINES))
    content = (head + "".join(lines)).encode()
    with mailer_db.transaction() as session:
        begun = imports.begin(session, filename="tous.csv", content=content, who="a@b.fr", now=clock.now())
    with worker(mailer_db) as reading:
        read = end(reading)
    with mailer_db.transaction() as session:
        imports.confirm(session, begun, **PROOF, who="a@b.fr", now=clock.now())

    with worker(mailer_db) as killed:
        seen = {0}
        while max(seen) < 55:  # lines are written from the half on
            assert killed.poll() is None, seen
            seen.add(stand(mailer_db).progress)
            time.sleep(0.02)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert len(seen) > 5, "how far it is moves"
    assert (stand(mailer_db).state, totals(mailer_db)) == ("confirmed", (0, 0, 0))

    with worker(mailer_db) as writing:
        written = end(writing)
    done = stand(mailer_db)
    assert (done.state, done.counts["new"], totals(mailer_db)) == ("done", LINES, (LINES, LINES, LINES))
    for cpu, memory in (read, written):
        assert cpu < CPU, (read, written)
        assert memory < MEMORY, (read, written)
