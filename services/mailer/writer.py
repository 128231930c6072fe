"""The ledger writer: the state changes of all connections of a process, in one statement and commit.

A commit costs far more than a row, so whatever arrived while the last commit ran is written with the next
one. `transmitting` returns only when its row is committed: after that the final dot may be sent. Results need
no waiting: they are written in order, so a result is never committed after the next `transmitting` of its own
connection, and a crash leaves at most one open outcome per connection.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog

from services.mailer.ledger import Claimed

log = structlog.get_logger(__name__)

_GATHER = 0.002  # seconds to let other connections join a commit
_MOST = 1000  # rows of one statement
_UNREACHABLE = (psycopg.OperationalError, psycopg.InterfaceError)
_PATIENCE = 20.0  # seconds that a connection waits for its row before it gives the mail up


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a claim ended.

    state: accepted, deferred, rejected or unknown; or pending, to give a claimed row back untouched.
    delay: seconds until the next try. milliseconds: the time the relay took. suppress, pause: see
    `rules.Verdict`.
    """

    mail: Claimed
    state: str
    relay: str = ""
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    reason: str = ""
    delay: float = 0.0
    milliseconds: int = 0
    suppress: bool = False
    pause: bool = False


@dataclass
class _Transmitting:
    mail: Claimed
    message_id: str
    lease: float
    done: threading.Event = field(default_factory=threading.Event)
    allowed: bool = False


class Writer:
    """One thread, one database connection. `run` ends after `close` when everything is written."""

    def __init__(self, database_url: str) -> None:
        url = sa.make_url(database_url).set(drivername="postgresql")
        self._conninfo = url.render_as_string(hide_password=False)
        self._queue: queue.SimpleQueue[_Transmitting | Result | None] = queue.SimpleQueue()
        self._connection: psycopg.Connection[Any] | None = None
        self._closing = threading.Event()

    def transmitting(self, mail: Claimed, message_id: str, *, lease: float) -> bool:
        """Commit that the final dot of `mail` may be sent; False: it must not be.

        False when the row is no longer ours (lease over, campaign paused or cancelled) or the database does not
        answer.
        """
        wish = _Transmitting(mail, message_id, lease)
        self._queue.put(wish)
        return wish.done.wait(_PATIENCE) and wish.allowed

    def record(self, result: Result) -> None:
        """Hand in a result; it is written as soon as the database takes it."""
        self._queue.put(result)

    def close(self) -> None:
        self._closing.set()
        self._queue.put(None)

    def run(self) -> None:
        """Write until closed. Results wait for a database that is down; wishes to transmit are refused."""
        waiting: list[Result] = []
        while not (self._closing.is_set() and self._queue.empty() and not waiting):
            batch = self._gather(block=not waiting)
            results = waiting + [item for item in batch if isinstance(item, Result)]
            wishes = [item for item in batch if isinstance(item, _Transmitting)]
            if not results and not wishes:
                continue
            waiting = []
            try:
                self._write(results, wishes)
            except _UNREACHABLE as error:
                log.warning("ledger not reachable", error=str(error), results=len(results), refused=len(wishes))
                self._drop_connection()
                waiting = results
                time.sleep(0.2)
            except psycopg.Error:
                log.exception("ledger refused a batch", rows=len(results) + len(wishes))
                self._drop_connection()
                waiting = self._one_by_one(results)
            finally:
                for wish in wishes:
                    wish.done.set()
        self._drop_connection()

    def _gather(self, *, block: bool) -> list[_Transmitting | Result]:
        batch: list[_Transmitting | Result] = []
        try:
            item = self._queue.get(block=block, timeout=0.5 if block else None)
            if item is not None:
                batch.append(item)
            time.sleep(_GATHER)
            while len(batch) < _MOST:
                item = self._queue.get_nowait()
                if item is not None:
                    batch.append(item)
        except queue.Empty:
            pass
        return batch

    def _one_by_one(self, results: list[Result]) -> list[Result]:
        """After a batch was refused for what one row holds: the others must not suffer for it.

        Returns those that met a database that is away.
        """
        later = []
        for result in results:
            try:
                self._write([result], [])
            except _UNREACHABLE:
                later.append(result)
                self._drop_connection()
            except psycopg.Error:
                log.exception("result left to the lease's end", message=str(result.mail.id), state=result.state)
                self._drop_connection()
        return later

    def _write(self, results: list[Result], wishes: list[_Transmitting]) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._conninfo,
                connect_timeout=5,
                options="-c statement_timeout=15000",
                application_name="mailer writer",
            )
        # One order for all who lock: campaigns before messages, messages by id.
        results = sorted(results, key=lambda result: result.mail.id)
        wishes = sorted(wishes, key=lambda wish: wish.mail.id)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            if results:
                _pause_campaigns(cursor, results)
                _write_results(cursor, results)
            allowed = _write_wishes(cursor, wishes) if wishes else set()
        for wish in wishes:
            wish.allowed = wish.mail.id in allowed

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _write_wishes(cursor: psycopg.Cursor[Any], wishes: list[_Transmitting]) -> set[uuid.UUID]:
    cursor.execute(
        """
        UPDATE messages m
        SET state = 'transmitting', message_id = w.message_id, lease_until = now() + make_interval(secs => w.lease)
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::float[]) AS w (id, owner, message_id, lease)
        WHERE m.id = w.id AND m.state = 'claimed' AND m.lease_owner = w.owner
          AND (m.campaign_id IS NULL
               OR EXISTS (SELECT 1 FROM campaigns c WHERE c.id = m.campaign_id AND c.state = 'running'))
        RETURNING m.id
        """,
        _columns((wish.mail.id, wish.mail.owner, wish.message_id, wish.lease) for wish in wishes),
    )
    return {row[0] for row in cursor.fetchall()}


def _pause_campaigns(cursor: psycopg.Cursor[Any], results: list[Result]) -> None:
    refused = {r.mail.campaign_id: f"{r.code} {_clean(r.text)}" for r in results if r.pause and r.mail.campaign_id}
    if refused:
        cursor.execute(
            """
            UPDATE campaigns c SET state = 'paused', paused_because = p.because
            FROM unnest(%s::uuid[], %s::text[]) AS p (id, because) WHERE c.id = p.id AND c.state = 'running'
            """,
            [list(refused), list(refused.values())],
        )


def _write_results(cursor: psycopg.Cursor[Any], results: list[Result]) -> None:
    tried = [result for result in results if result.state != "pending"]
    # A personal link is needed no more once the mail is out, so the ledger forgets it.
    cursor.execute(
        """
        UPDATE messages m
        SET state = r.state,
            attempts = m.attempts + CASE r.state WHEN 'pending' THEN 0 ELSE 1 END,
            next_at = now() + make_interval(secs => r.delay),
            lease_until = NULL,
            lease_owner = CASE r.state WHEN 'unknown' THEN m.lease_owner END,
            last_code = r.code, last_enhanced = r.enhanced, last_text = r.text, reason = r.reason,
            data = CASE WHEN r.state IN ('accepted', 'rejected') THEN m.data - 'link' ELSE m.data END
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::float[], %s::int[], %s::text[], %s::text[], %s::text[])
            AS r (id, owner, state, delay, code, enhanced, text, reason)
        WHERE m.id = r.id AND m.lease_owner = r.owner
          AND (m.state = 'claimed' AND r.state IN ('pending', 'deferred', 'rejected')
               OR m.state = 'transmitting' AND r.state IN ('accepted', 'deferred', 'rejected', 'unknown')
               OR m.state = 'unknown' AND r.state IN ('accepted', 'deferred', 'rejected'))
        """,
        _columns(
            (r.mail.id, r.mail.owner, r.state, r.delay, r.code, r.enhanced, _clean(r.text), r.reason) for r in results
        ),
    )
    if tried:
        cursor.execute(
            """
            INSERT INTO attempts (message_id, owner, relay, outcome, code, enhanced, text, reason, milliseconds)
            SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[],
                                 %s::text[], %s::int[])
            ON CONFLICT DO NOTHING
            """,
            _columns(
                (
                    r.mail.id,
                    r.mail.owner,
                    r.relay,
                    r.state,
                    r.code,
                    r.enhanced,
                    _clean(r.text),
                    r.reason,
                    r.milliseconds,
                )
                for r in tried
            ),
        )
    absent = {r.mail.email_key: f"{r.code} {_clean(r.text)}" for r in results if r.suppress}
    if absent:
        cursor.execute(
            """
            INSERT INTO suppressions (email_key, scope, reason, evidence)
            SELECT key, 'bulk', 'absent', evidence FROM unnest(%s::text[], %s::text[]) AS s (key, evidence)
            ON CONFLICT (email_key, scope) DO UPDATE SET evidence = EXCLUDED.evidence, until = NULL
            """,
            [list(absent), list(absent.values())],
        )


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _clean(text: str) -> str:
    """A relay's words as PostgreSQL takes them: no NUL, 500 characters at most."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:500]
