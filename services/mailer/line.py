"""One connection of a lane: claims a batch, sends it mail by mail, and says how each one ended. Step 9 of nine."""

from __future__ import annotations

import contextlib
import functools
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.orm import Session

from services.mailer import ledger, limits, mime, rules
from services.mailer.compose import Composer, Envelope
from services.mailer.presence import Presence
from services.mailer.settings import Settings
from services.mailer.transport import Connection, LaneDown, Lost, NotAllowed, Refused, Relay, Uncertain
from services.mailer.writer import Result, Writer
from shared import tracing
from shared.db import Database

log = structlog.get_logger(__name__)

BATCH = {"transactional": 5, "bulk": 100}  # rows of one claim
_POLL = 2.0  # seconds between looks at the ledger when nobody wakes us

sent = Counter("agora_mails_total", "Mails by outcome", ["lane", "outcome"])
took = Histogram("agora_smtp_seconds", "From MAIL to the answer to the dot", ["lane"])
_counter = functools.cache(sent.labels)  # looking a child up costs ten times as much as counting


class Line:
    """One thread: claims a batch, sends it mail by mail over one connection, again and again."""

    def __init__(
        self,
        lane: str,
        name: str,
        *,
        settings: Settings,
        relays: Sequence[Relay],
        db: Database,
        writer: Writer,
        composer: Composer,
        presence: Presence,
        ready: threading.Event,
        stop: threading.Event,
    ) -> None:
        """name: unique in the process. relays: in the order of preference; one takes over when those before it are
        shut. ready: set once the limits of the lane stand in the database."""
        self.lane, self.name = lane, name
        self.settings, self.db = settings, db
        self.relays = {relay.name: relay for relay in relays}
        self.relay = relays[0]  # of the present round
        self.writer, self.composer, self.presence = writer, composer, presence
        self.ready, self.stop = ready, stop
        self.connection: Connection | None = None
        self.took = took.labels(lane)
        self.claims = 0
        self.tripped = set(self.relays)  # refused us, perhaps before this process began, and took no mail since

    def run(self) -> None:
        while not self.stop.is_set():
            if not (self.presence.held.wait(1) and self.ready.wait(1)):
                continue
            try:
                pause = self._round()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.warning("database not reachable", error=str(error.orig))
                pause = 1.0
            if pause:
                if self.connection is not None and self.connection.is_spent:
                    self._hang_up()
                self.presence.wait(self.lane, pause * random.uniform(0.8, 1.2))  # noqa: S311
        self._hang_up()

    def _round(self) -> float:
        """Claim and send once; returns the seconds to wait before the next, 0 when there may be more."""
        deadline = time.monotonic() + self.settings.claim_lease * 0.7
        with self.db.transaction() as session:
            chosen, shut_for = limits.choose(session, list(self.relays), self.lane)
            if chosen is None:
                return min(shut_for, _POLL)
            self._turn_to(self.relays[chosen])
            batch = self._claim(session)
        if not batch:
            return _POLL
        with self.writer.at_work():
            self._send_all(batch, deadline)
        if self.lane == "bulk":
            log.info("batch ended", lane=self.lane, relay=self.relay.name, mails=len(batch))
        return 0.0

    def _send_all(self, batch: list[ledger.Claimed], deadline: float) -> None:
        """One mail after the other; what is not sent by `deadline` goes back. deadline: of time.monotonic()."""
        with contextlib.ExitStack() as thread:
            before: ledger.Claimed | None = None
            for number, mail in enumerate(batch):
                if self.stop.is_set() or time.monotonic() > deadline:
                    self._give_back(batch[number:])
                    break
                if not (before and mail.is_of_one_thread_with(before)):
                    thread.close()
                    thread.enter_context(tracing.thread_of(mail.correlation_id, mail.traceparent))
                before = mail
                try:
                    self._send(mail)
                except NotAllowed:
                    # Paused, cancelled, or out of time: the rest of the batch would hear the same.
                    self._give_back(batch[number + 1 :])
                    break
                except LaneDown as error:
                    self._give_back(batch[number + 1 :])
                    self._trip(str(error))
                    break

    def _claim(self, session: Session) -> list[ledger.Claimed]:
        self.claims += 1
        overall = BATCH[self.lane]
        allowed = dict.fromkeys(limits.GROUPS, overall)
        if self.settings.mail_rates:
            overall, allowed = limits.allowances(session, self.relay.name, self.lane, overall)
        batch = ledger.claim(
            session,
            lane=self.lane,
            relay=self.relay.name,
            owner=f"{self.presence.number} {self.name} {self.claims}",
            allowances=allowed,
            limit=overall,
            lease=self.settings.claim_lease,
        )
        if batch and self.settings.mail_rates:
            used = {group: sum(mail.domain_group == group for mail in batch) for group in limits.GROUPS}
            limits.spend(session, self.relay.name, self.lane, used)
        return batch

    def _send(self, mail: ledger.Claimed) -> None:
        """One mail, and its result in the ledger. Raises LaneDown after giving the row back, NotAllowed after
        deferring it."""
        try:
            envelope = self.composer.compose(mail)
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
            return self.writer.transmitting(mail, envelope.message_id, lease=lease)

        try:
            reply = self._connected().deliver(envelope.sender, envelope.recipient, envelope.on_the_wire, allow)
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
            raise
        except Uncertain as uncertain:
            self._record(mail, "unknown", text=str(uncertain), reason="silence")
        else:
            self.took.observe(reply.milliseconds / 1000)
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
        # A fault of ours pauses a campaign; a single mail has nobody who would start it again, so it waits.
        if verdict.outcome == "deferred" or (verdict.pause and mail.lane == "transactional"):
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
        if verdict.pause:
            raise NotAllowed  # the campaign is paused: nobody else of the batch needs to hear the same
        if verdict.outcome == "accepted" and self.relay.name in self.tripped:
            self.tripped.discard(self.relay.name)
            with self.db.transaction() as session:
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
        self.writer.record(result)
        _counter(self.lane, state).inc()
        if self.lane == "bulk" and state == "accepted":
            return  # one line for the batch says it; the ledger has each of them
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
            self.writer.record(Result(mail=mail, state="pending"))

    def _trip(self, reason: str) -> None:
        self.tripped.add(self.relay.name)
        with self.db.transaction() as session:
            seconds = limits.trip(session, self.relay.name, self.lane, reason)
        log.warning("lane waits", lane=self.lane, relay=self.relay.name, seconds=seconds, reason=reason)

    def _turn_to(self, relay: Relay) -> None:
        """Talk to this relay from now on. Back to the preferred one as soon as its breaker closes."""
        if relay != self.relay:
            log.warning("another relay takes over", lane=self.lane, relay=relay.name, instead_of=self.relay.name)
            self._hang_up()
            self.relay = relay

    def _connected(self) -> Connection:
        if self.connection is not None and (self.connection.is_spent or not self.connection.answers()):
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
