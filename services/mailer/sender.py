"""Step 9 of nine: claims rows of the ledger, sends, and records each recipient's result. The last step.

`python -m services.mailer sender`. Several may run, on one machine or many: the claim is the only thing they
share. Each connection is a thread with a blocking socket (`line.py`); transactional mail has connections of
its own, so it never waits behind a newsletter.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import threading
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from prometheus_client import Gauge
from sqlalchemy.orm import Session

from services.mailer import (
    campaigns,
    deliveries,
    finishing,
    hours,
    ledger,
    letter_sending,
    limits,
    rules,
    scheduling,
)
from services.mailer.compose import Composer
from services.mailer.line import Line
from services.mailer.presence import Presence
from services.mailer.publishing import House
from services.mailer.settings import Settings, load
from services.mailer.writer import Writer
from shared import clock, logs, metrics, process
from shared.db import Database

log = structlog.get_logger(__name__)

waiting = Gauge("agora_mails_waiting", "Mails due, leased, deferred or of unknown outcome", ["lane", "state"])
paused = Gauge("agora_campaigns_paused", "Campaigns that wait for a person")
shut = Gauge("agora_lane_shut_seconds", "Seconds that a breaker stays open", ["lane", "relay"])


def main(arguments: list[str]) -> int:
    """Send until SIGTERM: what is on the wire ends, what is only claimed goes back."""
    argparse.ArgumentParser(prog="sender").parse_args(arguments)
    settings = load()
    logs.configure("mailer", form=settings.log_format)
    return Sender(settings, process.stop_on_signals()).run()


class Sender:
    """All connections of one process, its ledger writer and its housekeeping."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self.settings = settings
        self.stop = stop
        self.relays = settings.relays()
        self.connections = {"transactional": settings.transactional_connections, "bulk": settings.bulk_connections}
        self.db = Database(
            settings.database_url, pool_size=sum(self.connections.values()) + 2, application_name="mailer sender"
        )
        url = sa.make_url(settings.database_url).set(drivername="postgresql")
        self.presence = Presence(url.render_as_string(hide_password=False), stop)
        self.paced = threading.Event()
        self.writer = Writer(settings.database_url)
        self.composer = Composer(self.db, settings)

    def run(self) -> int:
        """Until `stop`; 1 when a thread failed."""
        log.info(
            "sender starts",
            relays=[relay.name for relay in self.relays],
            number=self.presence.number,
            connections=self.connections,
        )
        if not self.settings.dkim_key_file:
            log.warning("mail is not signed: AGORA_DKIM_KEY_FILE is not set")
        if self.settings.metrics_bind:
            metrics.serve(self.settings.metrics_bind, lambda: self.presence.held.is_set() and self.db.is_up())
        writing = threading.Thread(target=self._write, name="writer")
        writing.start()
        lines = {
            f"{lane} {number}": self._line(lane, f"{lane[0]}{number}").run
            for lane, count in self.connections.items()
            for number in range(1, count + 1)
        }
        work: dict[str, Callable[[], None]] = {"presence": self.presence.run, "housekeeping": self._keep_house}
        status = process.run_threads(work | lines, self.stop)
        self.writer.close()
        writing.join(10)
        self.db.dispose()
        log.info("sender stopped", status=status)
        return status

    def _line(self, lane: str, name: str) -> Line:
        return Line(
            lane,
            name,
            settings=self.settings,
            relays=self.relays,
            db=self.db,
            writer=self.writer,
            composer=self.composer,
            presence=self.presence,
            ready=self.paced,
            stop=self.stop,
        )

    def _write(self) -> None:
        try:
            self.writer.run()
        finally:
            self.stop.set()

    def _keep_house(self) -> None:
        """Every second: leases of the dead, second chances, finished campaigns, facts; issues at their hour.

        Every five: the gauges, which are read four times a minute.
        """
        for second in itertools.count():
            try:
                now = clock.now()
                with self.db.transaction() as session:
                    if not self.paced.is_set():
                        for place, relay in enumerate(self.relays):
                            limits.configure(session, relay.name, self.settings.rates(place))
                    freed = ledger.reap(session, self.presence.dead_among(session, ledger.owners(session)))
                    resent = ledger.resend_unknown(session)
                    finished = finishing.finish(session, now)
                    deliveries.announce_outcomes(session)
                    due = hours.is_due(session, now)
                    if second % 5 == 0:
                        self._measure(session)
                self.paced.set()
                if freed or resent:
                    log.warning("leases ended", **freed, resent=resent)
                for campaign in finished:
                    log.info("campaign finished", campaign=str(campaign))
                if due:
                    self._send_due(now)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.warning("housekeeping failed", error=str(error.orig))
            if self.stop.wait(1):
                for lane in rules.LANES:
                    self.presence.ring(lane)
                return

    def _send_due(self, now: dt.datetime) -> None:
        with self.db.reading() as session:
            house = House.at(session, self.settings, now)
        for campaign in scheduling.send_due(self.db, house, now) + letter_sending.send_due(self.db, house, now):
            log.info("scheduled mail leaves", campaign=str(campaign))

    def _measure(self, session: Session) -> None:
        waiting.clear()
        for (lane, state), rows in ledger.unsettled(session).items():
            waiting.labels(lane, state).set(rows)
        paused.set(campaigns.how_many_paused(session))
        for lane in rules.LANES:
            for relay in self.relays:
                shut.labels(lane, relay.name).set(limits.waits(session, relay.name, lane))
