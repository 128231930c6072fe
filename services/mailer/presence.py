"""Which senders live, and which lane has mail: one database connection per process, kept open for both."""

from __future__ import annotations

import secrets
import threading
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.mailer import ledger, rules

log = structlog.get_logger(__name__)

LOCK_CLASS = 1095193426  # of the advisory locks, one per living process


class Presence:
    """Says that this process lives, by an advisory lock that ends with it, and hears who has mail to send."""

    def __init__(self, conninfo: str, stop: threading.Event) -> None:
        self.number = secrets.randbelow(2**31)
        self.held = threading.Event()
        self._conninfo = conninfo
        self._stop = stop
        self._bells = {lane: threading.Condition() for lane in rules.LANES}

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._conninfo, autocommit=True, connect_timeout=5, application_name="mailer presence"
                ) as connection:
                    self._listen(connection)
            except psycopg.OperationalError as error:
                log.warning("database not reachable", error=str(error))
                self._stop.wait(1)
            finally:
                self.held.clear()

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"LISTEN {ledger.CHANNEL}")
        while not self._stop.is_set():
            if not self.held.is_set():
                # After a reconnection our former session may linger for a moment.
                row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, self.number]).fetchone()
                if row and row[0]:
                    self.held.set()
            for notice in connection.notifies(timeout=1, stop_after=1):
                self.ring(notice.payload)

    def ring(self, lane: str) -> None:
        if bell := self._bells.get(lane):
            with bell:
                bell.notify_all()

    def wait(self, lane: str, seconds: float) -> None:
        with self._bells[lane]:
            self._bells[lane].wait(seconds)

    def dead_among(self, session: Session, owners: set[str]) -> list[str]:
        """The owners of leases whose process is gone: their lock can be taken."""
        return [
            owner
            for owner in sorted(owners)
            if owner.isdigit()
            and int(owner) != self.number
            and session.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:c, :n)"), {"c": LOCK_CLASS, "n": int(owner)})
        ]
