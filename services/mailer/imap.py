"""Plan B for what comes back: a mailbox read by IMAP, where no relay can hand over by LMTP. Acts through `returns.py`.

A mail leaves the inbox only once its row is committed. Whoever is stopped in between finds it there again, and the
hash of its bytes says that it was kept. Nothing is ever deleted: what was read goes to one folder, what answers no
mail of ours to another, for a person.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from services.mailer import envelopes, returns
from services.mailer.bounces.mails import parse
from services.mailer.mailbox import Mailbox
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

LARGEST = 1024 * 1024
"""Octets fetched of one mail, twice what the readers look at."""
_LITERAL = re.compile(rb"\{\d+\}$")
polled = Counter("agora_returns_polled_total", "Mails read by IMAP, by what was done", ["action"])

# Where relays write to whom they delivered, surest first.
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to", "to")


@dataclass(frozen=True)
class Poller:
    """What a look into the mailbox needs. Its two other folders are made when they are missing."""

    mailbox: Mailbox
    db: Database
    domain: str
    secret: str
    timeout: float = 30.0
    ours: str = ""

    def run(self, stop: threading.Event, seconds: float) -> None:
        """Look every so many seconds, until `stop`. A server or a database that is away is asked again."""
        while not stop.is_set():
            try:
                self.look()
            except (OSError, imaplib.IMAP4.error, sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.warning("mailbox not read", host=self.mailbox.host, error=str(error))
            stop.wait(seconds)

    def look(self) -> dict[str, int]:
        """Read all that is there; how many mails had which end. Raises OSError, imaplib.IMAP4.error."""
        ends: dict[str, int] = {}
        with self._connected() as server:
            for folder in (self.mailbox.done, self.mailbox.others):
                server.create(f'"{folder}"')  # says NO when it is there
            _check(server.select(f'"{self.mailbox.folder}"'))
            for uid in self._waiting(server):
                end = self._take(server, uid)
                ends[end] = ends.get(end, 0) + 1
                polled.labels(end).inc()
        return ends

    @contextlib.contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        box = self.mailbox
        server: imaplib.IMAP4
        if box.scheme == "imaps":
            server = imaplib.IMAP4_SSL(
                box.host, box.port, ssl_context=ssl.create_default_context(), timeout=self.timeout
            )
        else:
            server = imaplib.IMAP4(box.host, box.port, timeout=self.timeout)
        with server:  # logs out
            if box.scheme == "imap+starttls":
                _check(server.starttls(ssl.create_default_context()))
            _check(server.login(box.user, box.password))
            yield server

    def _waiting(self, server: imaplib.IMAP4) -> list[bytes]:
        found = _check(server.uid("SEARCH", "UNDELETED"))
        return b" ".join(one for one in found if one).split()

    def _take(self, server: imaplib.IMAP4, uid: bytes) -> str:
        """Keep one mail, then move it. A mail that cannot be kept stays where it is and stops no other."""
        name = uid.decode("ascii")
        raw = _octets(_check(server.uid("FETCH", name, f"(BODY.PEEK[]<0.{LARGEST}>)")))
        if raw is None:
            return "gone"  # somebody else took it, perhaps another poller
        try:
            end = self._keep(raw)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database is away: the next look begins where this one ends
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail stays in the inbox and the next one is read
            log.warning("returned mail not kept", uid=name, error=repr(getattr(error, "orig", error))[:200])
            return "failed"
        self._move(server, name, self.mailbox.others if end == "other" else self.mailbox.done)
        return end

    def _keep(self, raw: bytes) -> str:
        """Commit what a mail says: the action taken, "repeated", or "other" for one that answers no mail of ours."""
        for address in candidates(raw, self.domain):
            try:
                with self.db.transaction() as session:
                    action = returns.receive(
                        session,
                        raw,
                        address,
                        domain=self.domain,
                        secret=self.secret,
                        now=clock.now(),
                        ours=self.ours,
                    )
            except returns.NotOurs:
                continue
            return action or "repeated"
        return "other"

    def _move(self, server: imaplib.IMAP4, uid: str, folder: str) -> None:
        # Asked again after the login: most servers say more then, and imaplib only knows what they said before.
        able = str(_check(server.capability())[-1]).upper()
        if "MOVE" in able:
            _check(server.uid("MOVE", uid, f'"{folder}"'))
            return
        _check(server.uid("COPY", uid, f'"{folder}"'))
        _check(server.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        if "UIDPLUS" in able:  # else it stays, marked: a plain EXPUNGE would also take what a person has marked
            _check(server.uid("EXPUNGE", uid))


def candidates(raw: bytes, domain: str) -> list[str]:
    """The addresses of our return domain that a mail names: as its receiver first, then in what it returns."""
    if not domain:
        return []
    pattern = re.compile(rf"(?<![a-z0-9+])[a-z0-9+]{{3,64}}@{re.escape(domain)}(?![a-z0-9.-])", re.I)
    mail = parse(raw)
    to = [value for name in _DELIVERED for value in mail.headers.get(name, [])]
    # A complaint goes where the provider was told to send it; our envelope sender stands in its fields. The address
    # that takes departures stands in every mail of ours, and the one that takes answers in some: returned, they mean
    # nothing.
    inside = [one for one in _named([mail.feedback, mail.report, mail.returned], pattern) if envelopes.is_return(one)]
    return list(dict.fromkeys(_named(to, pattern) + inside))


def _named(texts: list[str], pattern: re.Pattern[str]) -> list[str]:
    return [found[0].lower() for text in texts for found in pattern.finditer(text)]


def _octets(answer: list[Any]) -> bytes | None:
    """The literal of a FETCH answer."""
    for part in answer:
        if isinstance(part, tuple) and _LITERAL.search(part[0]):
            octets: bytes = part[1]
            return octets
    return None


def _check(answer: tuple[str, Any]) -> list[Any]:
    """What a server said, when it said OK. Raises imaplib.IMAP4.error."""
    status, data = answer[0], list(answer[1])
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status}: {data!r}"[:300])
    return data
