"""Tells addresses of facts: takes what is due, calls, writes down what came back.

At least once: who was told and could not say so is told again, with the same `webhook-id`. A delivery is moved ahead
before the call, so that two workers, or one that dies, never call twice at once nor forget.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from prometheus_client import Counter

from shared import clock, outward
from shared.db import Database
from shared.settings import Settings
from shared.webhooks import rules
from shared.webhooks.addresses import Webhooks

log = structlog.get_logger(__name__)

PATIENCE = 10  # seconds for an answer
AT_ONCE = 4
"""Looking the name up, the connection and the answer may each take all patience: four of them end within the lease."""
KEPT = dt.timedelta(days=30)
LEASE = dt.timedelta(minutes=2)
PAUSE = 10.0  # seconds after a round that failed for a reason nobody foresaw

failed = Counter("agora_webhook_failures_total", "Rounds or single calls to partners' addresses that failed unforeseen")


@dataclass(frozen=True)
class Due:
    """One delivery to make. keys: the numbers of the keys that sign it."""

    id: Any
    webhook_id: Any
    url: str
    fact_id: Any
    body: dict[str, Any]
    attempts: int
    keys: tuple[int, ...]


class NotAnswered(Exception):
    """Nobody answered as a receiver should; the message is a key of `SILENCES` in shared/web/webhook_words.py."""


def run(hooks: Webhooks, db: Database, settings: Settings, stop: threading.Event) -> None:
    """Deliver what is due until `stop`."""
    rounds, waits = 0, False
    while not stop.is_set():
        try:
            busy = deliver(hooks, db, settings) == AT_ONCE
            if rounds % 3600 == 0:
                prune(hooks, db, clock.now())
            if waits:
                log.info("the database is back, webhooks go on")
            waits = False
        except sa.exc.OperationalError as error:
            if not waits:
                log.warning("webhooks wait for the database", error=str(error.orig))
            busy, waits = False, True
        except Exception:
            # A thread that ends takes the relay and the consumer with it: whatever it is, the next round goes on.
            failed.inc()
            log.exception("webhooks failed")
            busy = False
            stop.wait(PAUSE)
        rounds += 1
        if not busy:
            stop.wait(1)


def deliver(hooks: Webhooks, db: Database, settings: Settings) -> int:
    """Call every address that something is due for; returns how many calls were made."""
    due = take(hooks, db, clock.now())
    for one in due:
        try:
            _tell(hooks, db, settings, one)
        except sa.exc.OperationalError:
            raise
        except Exception:
            # It comes back when its lease ends; the others that were taken with it do not wait for that.
            failed.inc()
            log.exception("webhook failed", webhook=str(one.webhook_id), fact=str(one.fact_id))
    return len(due)


def _tell(hooks: Webhooks, db: Database, settings: Settings, one: Due) -> None:
    keys = [rules.signing_key(settings.secret_key, str(one.webhook_id), number) for number in one.keys]
    try:
        status, answer = call(one, keys, local=settings.is_development)
    except NotAnswered as error:
        status, answer = 0, str(error)
    except Exception:  # as of one that does not answer: later, and not for ever
        failed.inc()
        log.exception("webhook failed", webhook=str(one.webhook_id), fact=str(one.fact_id))
        status, answer = 0, "broken"
    record(hooks, db, one, status, answer, clock.now())


def take(hooks: Webhooks, db: Database, now: dt.datetime) -> list[Due]:
    """What is due, each moved ahead by the lease: nobody else takes it, and it comes back if this process dies."""
    kept, address = hooks.delivery, hooks.webhook
    chosen = (
        sa.select(kept.id)
        .where(kept.state == "waiting", kept.due_at <= now)
        .order_by(kept.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with db.transaction() as session:
        moved = session.execute(
            sa.update(kept)
            .where(kept.id.in_(chosen.scalar_subquery()), address.id == kept.webhook_id)
            .values(attempts=kept.attempts + 1, due_at=now + LEASE)
            .returning(
                kept.id,
                kept.webhook_id,
                address.url,
                kept.fact_id,
                kept.body,
                kept.attempts,
                address.key_number,
                address.key_changed_at,
            )
        ).all()
    return [
        Due(row.id, row.webhook_id, row.url, row.fact_id, row.body, row.attempts,
            rules.numbers(row.key_number, row.key_changed_at, now))
        for row in moved
    ]  # fmt: skip


def record(hooks: Webhooks, db: Database, one: Due, status: int, answer: str, now: dt.datetime) -> None:
    """What came back. 2xx: told. 410: the receiver wants no more. Anything else: later, or given up."""
    kept = hooks.delivery
    with db.transaction() as session:
        row = session.get(kept, one.id, with_for_update=True)
        if row is None or row.state != "waiting":
            return
        row.last_answer = answer[:200]
        if 200 <= status < 300:
            row.state = "told"
        elif (again := rules.next_attempt(one.attempts, now)) is None:
            row.state = "given_up"
        else:
            row.due_at = again
            if not status:  # nobody is there: its other facts wait too, and hold up no other address
                others = sa.select(kept.id).where(
                    kept.webhook_id == one.webhook_id, kept.state == "waiting", kept.due_at < again
                )
                # One that another worker is writing down gets its own time there: two never wait for each other.
                free = others.with_for_update(skip_locked=True).scalar_subquery()
                session.execute(sa.update(kept).where(kept.id.in_(free)).values(due_at=again))
    if status == 410:
        with db.transaction() as session:
            hooks.stop(session, one.webhook_id, now, who="webhooks", because="410 Gone")


def call(one: Due, keys: list[bytes], *, local: bool) -> tuple[int, str]:
    """POST one delivery; returns the status and its line. Never follows a redirect. Raises NotAnswered."""
    body = json.dumps(one.body, ensure_ascii=False, separators=(",", ":")).encode()
    now = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Agora",
        "webhook-id": str(one.fact_id),
        "webhook-timestamp": str(now),
        "webhook-signature": rules.signature(keys, str(one.fact_id), now, body),
    }
    parts = urlsplit(one.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connect(parts.hostname or "", parts.port, secure=parts.scheme == "https", local=local)
    try:
        with outward.ends_within(connection.sock, PATIENCE):
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
        return answer.status, "".join(filter(str.isprintable, f"{answer.status} {answer.reason}"))
    except (OSError, http.client.HTTPException) as error:
        raise NotAnswered(_silence(error)) from error
    finally:
        connection.close()


def _silence(error: Exception) -> str:
    """The key of the words for it; the error itself is for the log."""
    log.info("webhook not answered", error=str(error) or type(error).__name__)
    kinds: dict[str, tuple[type[Exception], ...]] = {
        "unknown-name": (socket.gaierror, UnicodeError),
        "certificate": (ssl.SSLCertVerificationError,),
        "timeout": (TimeoutError,),
        "refused": (ConnectionRefusedError,),
    }
    return next((key for key, types in kinds.items() if isinstance(error, types)), "broken")


def _connect(host: str, port: int | None, *, secure: bool, local: bool) -> http.client.HTTPConnection:
    """Connected to an address that was looked at: a name that points inside, now or later, is never called."""
    port = port or (443 if secure else 80)
    try:
        found = outward.addresses(host, port, PATIENCE)
        if not found or not all(outward.may_call(address, local=local) for address in found):
            raise NotAnswered("private")
        line = socket.create_connection((found[0], port), timeout=PATIENCE)
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except (OSError, UnicodeError) as error:
        raise NotAnswered(_silence(error)) from error
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    connection.sock = line
    return connection


def prune(hooks: Webhooks, db: Database, now: dt.datetime) -> None:
    """What is settled goes after thirty days."""
    with db.transaction() as session:
        old = sa.delete(hooks.delivery).where(hooks.delivery.state != "waiting", hooks.delivery.made_at < now - KEPT)
        session.execute(old)
