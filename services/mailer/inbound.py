"""`python -m services.mailer inbound`: an LMTP listener (RFC 2033) for what comes back. Acts through `returns.py`.
With AGORA_IMAP_URL it reads a mailbox besides (`imap.py`).

The relay keeps a mail until it hears 250, and it hears it only once the row is committed. An address whose code is
wrong is refused at RCPT, so that nobody fills the table with mails about others.
"""

from __future__ import annotations

import argparse
import asyncio
import threading

import sqlalchemy as sa
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from prometheus_client import Counter

from services.mailer import returns
from services.mailer.imap import Poller
from services.mailer.settings import Settings, load
from shared import clock, logs, metrics, process
from shared.db import Database

log = structlog.get_logger(__name__)

LARGEST = 30 * 1024 * 1024  # octets: a relay that returns our mail returns it whole
LONGEST_LINE = 2 * 1024 * 1024
"""Octets. Of every connection twice as much is held in memory, whoever it is, before anything is said."""
MOST_CONNECTIONS = 40
"""At once. A relay opens a few, and comes again when it hears that there are too many."""
received = Counter("agora_returns_total", "Mails that came back, by what was done", ["action"])


class Listener:
    """The hooks that aiosmtpd calls. One recipient a mail: each has an answer and a transaction of its own."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.settings = db, settings
        self.connections: set[LMTP] = set()

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        try:
            returns.expected(address, domain=self.settings.bounce_domain, secret=self.settings.secret_key)
        except returns.NotOurs:
            received.labels("refused").inc()
            return "550 5.1.1 no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope
    ) -> str:
        raw = envelope.content or b""
        raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
        sender = (envelope.mail_from or "").strip("<>")  # of the empty one the brackets are kept
        try:
            action = await asyncio.to_thread(self._receive, raw, envelope.rcpt_tos[0], sender)
        except Exception:
            # Whatever it is, the relay keeps the mail and comes again: nothing is lost by saying "later".
            log.exception("returned mail not kept")
            received.labels("failed").inc()
            return "451 4.3.0 not kept, try again later"
        received.labels(action or "repeated").inc()
        return "250 2.0.0 kept"

    def _receive(self, raw: bytes, address: str, sender: str) -> str:
        with self.db.transaction() as session:
            return returns.receive(
                session,
                raw,
                address,
                domain=self.settings.bounce_domain,
                secret=self.settings.secret_key,
                now=clock.now(),
                sender=sender,
                ours=self.settings.mail_from_transactional,
            )


class _Dialect(LMTP):
    """A relay may hand over what another wrote in lines of any length: a refusal here would lose it for good. What is
    beyond every use is refused once (500), and does not come again."""

    line_length_limit = LONGEST_LINE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        taken = self.event_handler.connections
        if len(taken) < MOST_CONNECTIONS:
            taken.add(self)
            super().connection_made(transport)
        else:
            transport.write(b"421 4.3.2 too many connections, come back later\r\n")
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.event_handler.connections:
            self.event_handler.connections.discard(self)
            super().connection_lost(error)


class Lmtp(Controller):
    """aiosmtpd's thread with the LMTP dialect."""

    def factory(self) -> LMTP:
        return _Dialect(self.handler, data_size_limit=LARGEST, ident="Agora", loop=self.loop)


def controller(db: Database, settings: Settings) -> Controller:
    """A listener at AGORA_INBOUND_BIND, not yet started."""
    host, _colon, port = settings.inbound_bind.rpartition(":")
    return Lmtp(Listener(db, settings), hostname=host, port=int(port), ready_timeout=15)


def main(arguments: list[str]) -> int:
    """Listen until SIGTERM."""
    argparse.ArgumentParser(prog="inbound").parse_args(arguments)
    settings = load()
    logs.configure("mailer", form=settings.log_format)
    return run(settings, process.stop_on_signals())


def run(settings: Settings, stop: threading.Event) -> int:
    db = Database(settings.database_url, pool_size=4, application_name="mailer inbound")
    listener = controller(db, settings)
    if not settings.bounce_domain:
        log.warning("every mail is refused: AGORA_BOUNCE_DOMAIN is not set")
    listener.start()
    log.info("inbound listens", bind=settings.inbound_bind, domain=settings.bounce_domain)
    if settings.metrics_bind:
        metrics.serve(settings.metrics_bind, lambda: _is_up(db))
    status = 0
    if mailbox := settings.mailbox():
        poller = Poller(mailbox, db, settings.bounce_domain, settings.secret_key, ours=settings.mail_from_transactional)
        log.info("mailbox is read", host=mailbox.host, folder=mailbox.folder, seconds=settings.imap_seconds)
        status = process.run_threads({"mailbox": lambda: poller.run(stop, settings.imap_seconds)}, stop)
    else:
        stop.wait()
    listener.stop()
    db.dispose()
    return status


def _is_up(db: Database) -> bool:
    try:
        return db.is_up()
    except sa.exc.SQLAlchemyError:
        return False
