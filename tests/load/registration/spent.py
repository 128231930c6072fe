"""Processor time by who used it: the honest measure on a machine that others use too. Linux only."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from shared.db import Database

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of processor time since some start."""

    web: float
    database: float
    generator: float

    def since(self, before: Spent) -> Spent:
        return Spent(self.web - before.web, self.database - before.database, self.generator - before.generator)

    def said(self, pieces: int) -> str:
        """What one of `pieces` cost, and what two cores that nobody else uses would make of it."""
        web, database, generator = (1000 * one / pieces for one in (self.web, self.database, self.generator))
        whole = web + database + generator
        return (
            f"{web:.2f} ms web + {database:.2f} ms database + {generator:.2f} ms generator = {whole:.2f} ms each:"
            f" at most {2000 / whole:.0f}/s on two free cores"
        )


def spent(web: int, db: Database) -> Spent:
    """web: the first process of gunicorn. The database's share is that of the connections open now, save ours."""
    with db.reading() as session:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        backends = list(session.scalars(sa.text(query)))
    return Spent(_seconds(_with_children(web)), _seconds(backends), time.process_time())


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
