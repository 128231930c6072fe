"""Processor time by who used it: the honest measure on a machine that others use too. Linux only."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.load.registration.house import House

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time since some start."""

    web: float
    worker: float
    database: float
    generator: float

    def since(self, before: Spent) -> Spent:
        return Spent(
            self.web - before.web,
            self.worker - before.worker,
            self.database - before.database,
            self.generator - before.generator,
        )

    def said(self, pieces: int) -> str:
        """What one of `pieces` cost, and what two cores that nobody else uses would make of it; the broker aside."""
        each = {name: 1000 * seconds / pieces for name, seconds in vars(self).items()}
        whole = sum(each.values())
        parts = " + ".join(f"{ms:.2f} ms {name}" for name, ms in each.items())
        return f"{parts} = {whole:.2f} ms each: at most {2000 / whole:.0f}/s on two free cores"


def spent(house: House, web: int | None = None) -> Spent:
    """web: the first process of gunicorn, when it is another than the house's.

    The database's share is that of the connections open now, save ours. Facts leave a little later: in a short piece
    the worker may still be at those of the one before.
    """
    with house.db.reading() as session:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        backends = list(session.scalars(sa.text(query)))
    web_processes = _with_children(house.web if web is None else web)
    return Spent(_seconds(web_processes), _seconds([house.worker]), _seconds(backends), time.process_time())


def _with_children(process: int) -> list[int]:
    return [process, *map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]


def _seconds(processes: Iterable[int]) -> float:
    """Of those that still run."""
    total = 0
    for one in processes:
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])  # utime, stime: proc(5)
    return total * _TICK
