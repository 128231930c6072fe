"""Step 9 of nine: claims rows of the ledger, sends, and records each recipient's result. The last step.

`python -m services.mailer sender`. Several may run, on one machine or many: the claim is the only thing they
share. Each connection is a thread with a blocking socket; transactional mail has connections of its own, so
it never waits behind a newsletter.
"""

from __future__ import annotations

import argparse
import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.mailer import campaigns, ledger, limits, mime, rules
from services.mailer.compose import Composer, Envelope
from services.mailer.settings import Settings, load
from services.mailer.transport import Connection, LaneDown, Lost, NotAllowed, Refused, Relay, Uncertain
from services.mailer.writer import Result, Writer
from shared import clock, logs, metrics, process, tracing
from shared.db import Database

log = structlog.get_logger(__name__)

BATCH = {"transactional": 5, "bulk": 25}  # rows of one claim
_POLL = 2.0  # seconds between looks at the ledger when nobody wakes us
_LOCK_CLASS = 1095193426  # of the advisory locks that say which senders live

sent = Counter("agora_mails_total", "Mails by outcome", ["lane", "outcome"])
took = Histogram("agora_smtp_seconds", "From MAIL to the answer to the dot", ["lane"])
waiting = Gauge("agora_mails_waiting", "Mails due, leased or deferred", ["lane", "state"])
shut = Gauge("agora_lane_shut_seconds", "Seconds that a lane's breaker stays open", ["lane"])


def main(arguments: list[str]) -> int:
    """Send until SIGTERM: what is on the wire ends, what is only claimed goes back."""
    argparse.ArgumentParser(prog="sender").parse_args(arguments)
    settings = load()
    logs.configure("mailer", form=settings.log_format)
    return Sender(settings, process.stop_on_signals()).run()


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
                with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5) as connection:
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
                row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, self.number]).fetchone()
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


class Sender:
    """All connections of one process, its ledger writer and its housekeeping."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self.settings = settings
        self.stop = stop
        self.relay = Relay.parse(settings.smtp_url)
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
        log.info("sender starts", relay=self.relay.name, number=self.presence.number, connections=self.connections)
        if not self.settings.dkim_key_file:
            log.warning("mail is not signed: AGORA_DKIM_KEY_FILE is not set")
        if self.settings.metrics_bind:
            metrics.serve(self.settings.metrics_bind, lambda: self.presence.held.is_set() and self.db.is_up())
        writing = threading.Thread(target=self._write, name="writer")
        writing.start()
        lines = {
            f"{lane} {number}": Line(self, lane, f"{lane[0]}{number}").run
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

    def _write(self) -> None:
        try:
            self.writer.run()
        finally:
            self.stop.set()

    def _keep_house(self) -> None:
        """Every second: leases of the dead, second chances, finished campaigns, gauges."""
        while True:
            try:
                with self.db.transaction() as session:
                    if not self.paced.is_set():
                        limits.configure(session, self.relay.name, self.settings.rates())
                    freed = ledger.reap(session, self._dead(session))
                    resent = ledger.resend_unknown(session)
                    finished = campaigns.finish(session, clock.now())
                    self._measure(session)
                self.paced.set()
                if freed or resent:
                    log.warning("leases ended", **freed, resent=resent)
                for campaign in finished:
                    log.info("campaign finished", campaign=str(campaign))
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.warning("housekeeping failed", error=str(error.orig))
            if self.stop.wait(1):
                for lane in rules.LANES:
                    self.presence.ring(lane)
                return

    def _dead(self, session: sa.orm.Session) -> list[str]:
        """Owners of leases whose process is gone: their lock can be taken."""
        return [
            owner
            for owner in ledger.owners(session)
            if owner.isdigit()
            and int(owner) != self.presence.number
            and session.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:c, :n)"), {"c": _LOCK_CLASS, "n": int(owner)})
        ]

    def _measure(self, session: sa.orm.Session) -> None:
        waiting.clear()
        query = "SELECT lane, state, count(*) AS n FROM messages WHERE state = ANY(:states) GROUP BY lane, state"
        for row in session.execute(sa.text(query), {"states": [*rules.UNFINISHED, "unknown"]}):
            waiting.labels(row.lane, row.state).set(row.n)
        for lane in rules.LANES:
            shut.labels(lane).set(limits.waits(session, self.relay.name, lane))


class Line:
    """One thread: claims a batch, sends it mail by mail over one connection, again and again."""

    def __init__(self, sender: Sender, lane: str, name: str) -> None:
        self.sender = sender
        self.lane = lane
        self.name = name
        self.settings = sender.settings
        self.relay = sender.relay
        self.connection: Connection | None = None
        self.claims = 0
        self.tripped = False

    def run(self) -> None:
        stop, presence = self.sender.stop, self.sender.presence
        while not stop.is_set():
            if not (presence.held.wait(1) and self.sender.paced.wait(1)):
                continue
            try:
                pause = self._round()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.warning("database not reachable", error=str(error.orig))
                pause = 1.0
            if pause:
                if self.connection is not None and self.connection.is_spent:
                    self._hang_up()
                presence.wait(self.lane, pause * random.uniform(0.8, 1.2))  # noqa: S311
        self._hang_up()

    def _round(self) -> float:
        """Claim and send once; returns the seconds to wait before the next, 0 when there may be more."""
        deadline = time.monotonic() + self.settings.claim_lease * 0.7
        with self.sender.db.transaction() as session:
            if shut_for := limits.waits(session, self.relay.name, self.lane):
                return min(shut_for, _POLL)
            batch = self._claim(session)
        for number, mail in enumerate(batch):
            if self.sender.stop.is_set() or time.monotonic() > deadline:
                self._give_back(batch[number:])
                break
            try:
                with tracing.thread_of(mail.correlation_id, mail.traceparent):
                    self._send(mail)
            except LaneDown as error:
                self._give_back(batch[number + 1 :])
                self._trip(str(error))
                break
        return 0.0 if batch else _POLL

    def _claim(self, session: sa.orm.Session) -> list[ledger.Claimed]:
        self.claims += 1
        overall, allowed = limits.allowances(session, self.relay.name, self.lane, BATCH[self.lane])
        batch = ledger.claim(
            session,
            lane=self.lane,
            relay=self.relay.name,
            owner=f"{self.sender.presence.number} {self.name} {self.claims}",
            allowances=allowed,
            limit=overall,
            lease=self.settings.claim_lease,
        )
        if batch and self.settings.mail_rates:
            used = {group: sum(mail.domain_group == group for mail in batch) for group in limits.GROUPS}
            limits.spend(session, self.relay.name, self.lane, used)
        return batch

    def _send(self, mail: ledger.Claimed) -> None:
        """One mail, and its result in the ledger. Raises LaneDown after giving the row back."""
        try:
            envelope = self.sender.composer.compose(mail)
        except mime.UnsafeHeader as error:
            self._record(mail, "rejected", text=str(error), reason="address")
            return
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            self._give_back([mail])
            raise
        except Exception as error:
            # A template or data of ours is wrong: nobody's address is, so it is tried again after a correction.
            log.exception("mail could not be written", message=str(mail.id), template=mail.template)
            self._later(mail, None, f"not written: {type(error).__name__}: {error}", "local", pause=True)
            return
        try:
            self._converse(mail, envelope)
        except LaneDown:
            self._give_back([mail])
            raise

    def _converse(self, mail: ledger.Claimed, envelope: Envelope) -> None:
        lease = self.settings.smtp_reply_timeout + 60

        def allow() -> bool:
            return self.sender.writer.transmitting(mail, envelope.message_id, lease=lease)

        try:
            reply = self._connected().deliver(envelope.sender, envelope.recipient, envelope.mail, allow)
        except Refused as refused:
            verdict = rules.judge(refused.code, refused.text)
            if verdict.outcome == "none":
                self._hang_up()
                raise LaneDown(str(refused)) from refused
            self._conclude(mail, verdict, refused.code, refused.text)
        except Lost as lost:
            self._later(mail, None, str(lost), "lost")
        except NotAllowed:
            self._record(mail, "deferred", text="given up before the final dot", reason="dropped", delay=5.0)
        except Uncertain as uncertain:
            self._record(mail, "unknown", text=str(uncertain), reason="silence")
        else:
            took.labels(self.lane).observe(reply.milliseconds / 1000)
            verdict = rules.judge(reply.code, reply.text)
            if verdict.outcome == "none":
                # A definite "not now" to the dot: not the recipient's fault, but the dot was allowed once.
                self._record(mail, "deferred", reply.code, reply.text, "lane", delay=1.0)
                self._hang_up()
                self._trip(f"{reply.code} {reply.text}")
                return
            self._conclude(mail, verdict, reply.code, reply.text, reply.milliseconds)

    def _conclude(
        self, mail: ledger.Claimed, verdict: rules.Verdict, code: int, text: str, milliseconds: int = 0
    ) -> None:
        if verdict.outcome == "deferred":
            self._later(mail, code, text, verdict.reason)
            return
        self._record(
            mail,
            verdict.outcome,
            code,
            text,
            verdict.reason,
            milliseconds=milliseconds,
            suppress=verdict.suppress,
            pause=verdict.pause,
        )
        if verdict.outcome == "accepted" and self.tripped:
            self.tripped = False
            with self.sender.db.transaction() as session:
                limits.heal(session, self.relay.name, self.lane)

    def _later(self, mail: ledger.Claimed, code: int | None, text: str, reason: str, *, pause: bool = False) -> None:
        delay = rules.retry_delay(mail.attempts + 1, mail.age, random.random())  # noqa: S311
        if delay is None:
            self._record(mail, "rejected", code, text, "gave-up")
        else:
            self._record(mail, "deferred", code, text, reason, delay=delay * self.settings.retry_factor, pause=pause)

    def _record(
        self, mail: ledger.Claimed, state: str, code: int | None = None, text: str = "", reason: str = "", **more: Any
    ) -> None:
        result = Result(
            mail=mail,
            state=state,
            relay=self.relay.name,
            code=code,
            enhanced=rules.enhanced_status(text),
            text=text,
            reason=reason,
            **more,
        )
        self.sender.writer.record(result)
        sent.labels(self.lane, state).inc()
        log.info(
            "mail",
            message=str(mail.id),
            template=mail.template,
            lane=self.lane,
            outcome=state,
            code=code,
            answer=text,
            reason=reason,
            milliseconds=result.milliseconds,
        )

    def _give_back(self, mails: list[ledger.Claimed]) -> None:
        for mail in mails:
            self.sender.writer.record(Result(mail=mail, state="pending"))

    def _trip(self, reason: str) -> None:
        self.tripped = True
        with self.sender.db.transaction() as session:
            seconds = limits.trip(session, self.relay.name, self.lane, reason)
        log.warning("lane waits", lane=self.lane, seconds=seconds, reason=reason)

    def _connected(self) -> Connection:
        if self.connection is not None and self.connection.is_spent:
            self._hang_up()
        if self.connection is None:
            self.connection = Connection(
                self.relay,
                hello=self.settings.mail_domain,
                timeout=self.settings.smtp_timeout,
                reply_timeout=self.settings.smtp_reply_timeout,
            )
        return self.connection

    def _hang_up(self) -> None:
        if self.connection is not None:
            self.connection.leave()
            self.connection = None
