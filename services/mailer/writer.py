"""The ledger writer: the state changes of all connections of a process, in one statement and commit.

A commit costs far more than a row, and a statement more than a row, so whatever was said meanwhile is written
together. `transmitting` returns only when its row is committed: after that the final dot may be sent. Results need
no waiting: they are written with the next `transmitting` of any connection or soon after, never later than the
next one of their own connection, so a crash leaves at most one open outcome per connection.

A statement costs as much as a dozen rows. So a wish waits for the other connections that are at work, 25 milliseconds
at most: together they make one statement. A connection that is alone waits for nobody.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
import structlog

from services.mailer.ledger import Claimed

log = structlog.get_logger(__name__)

_GATHER = 0.025  # seconds that a wish waits at most for those of the other connections at work
_LINGER = 0.05  # seconds that a result waits for a wish to be written with
_UNREACHABLE = (psycopg.OperationalError, psycopg.InterfaceError)
_PATIENCE = 20.0  # seconds that a connection waits for its row before it gives the mail up
_TRIED = frozenset({"accepted", "deferred", "rejected", "unknown"})


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

    @property
    def row(self) -> dict[str, Any]:
        return {
            "id": self.mail.id,
            "owner": self.mail.owner,
            "state": self.state,
            "delay": self.delay,
            "tried": self.state in _TRIED,
            "relay": self.relay,
            "code": self.code,
            "enhanced": self.enhanced,
            "text": _clean(self.text),
            "reason": self.reason,
            "milliseconds": self.milliseconds,
            "one": 1,
        }


@dataclass(eq=False)
class _Wish:
    """To be allowed the final dot of a mail."""

    mail: Claimed
    message_id: str
    lease: float
    allowed: bool = False
    _open: threading.Lock = field(default_factory=threading.Lock)  # a lock does for one waiter, at a tenth of an Event

    def __post_init__(self) -> None:
        self._open.acquire()

    def wait(self) -> bool:
        """Until it was answered; False when that took longer than anybody waits."""
        return self._open.acquire(timeout=_PATIENCE)

    def answer(self) -> None:
        self._open.release()

    @property
    def row(self) -> dict[str, Any]:
        return {
            "id": self.mail.id,
            "owner": self.mail.owner,
            "state": "transmitting",
            "message_id": self.message_id,
            "lease": self.lease,
            "delay": 0,
            "tried": False,
            "enhanced": "",
            "text": "",
            "reason": "",
            "one": 1,
        }


class Writer:
    """One thread, one database connection. `run` ends after `close` when everything is written."""

    def __init__(self, database_url: str) -> None:
        url = sa.make_url(database_url).set(drivername="postgresql")
        self._conninfo = url.render_as_string(hide_password=False)
        self._connection: psycopg.Connection[Any] | None = None
        self._said = threading.Condition()
        self._wishes: list[_Wish] = []
        self._results: list[Result] = []
        self._at_work = 0  # connections that have a batch in hand
        self._closing = False

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """While a connection has mails to send, the wishes of the others are written together with its own."""
        with self._said:
            self._at_work += 1
        try:
            yield
        finally:
            with self._said:
                self._at_work -= 1
                self._said.notify()

    def transmitting(self, mail: Claimed, message_id: str, *, lease: float) -> bool:
        """Commit that the final dot of `mail` may be sent; False: it must not be.

        False when the row is no longer ours (lease over, campaign paused or cancelled) or the database does not
        answer.
        """
        wish = _Wish(mail, message_id, lease)
        with self._said:
            self._wishes.append(wish)
            if len(self._wishes) == 1 or self._all_wished:  # its time begins, or nobody is left to wait for
                self._said.notify()
        return wish.wait() and wish.allowed

    def record(self, result: Result) -> None:
        """Hand in a result; it is written as soon as the database takes it."""
        with self._said:
            self._results.append(result)
            if len(self._results) == 1:  # its time begins; the others go with it
                self._said.notify()

    def close(self) -> None:
        with self._said:
            self._closing = True
            self._said.notify()

    def run(self) -> None:
        """Write until closed. Results wait for a database that is down; wishes to transmit are refused."""
        while self._wait():
            with self._said:
                results, self._results = self._results, []
                wishes, self._wishes = self._wishes, []
            kept: list[Result] = []
            try:
                self._write(results, wishes)
            except _UNREACHABLE as error:
                log.warning("ledger not reachable", error=str(error), results=len(results), refused=len(wishes))
                self._drop_connection()
                kept = results
                time.sleep(0.2)
            except psycopg.Error:
                log.exception("ledger refused a batch", rows=len(results) + len(wishes))
                self._drop_connection()
                kept = self._one_by_one(results)
            finally:
                for wish in wishes:
                    wish.answer()
            if kept:
                with self._said:
                    self._results[:0] = kept
        self._drop_connection()

    def _wait(self) -> bool:
        """Until there is a wish, or a result that has waited long enough; False when all is written and over."""
        with self._said:
            while not (self._wishes or self._results or self._closing):
                self._said.wait()
            self._said.wait_for(lambda: self._wishes or self._closing, _LINGER)
            if self._wishes:
                self._said.wait_for(lambda: self._all_wished or self._closing, _GATHER)
            return bool(self._wishes or self._results)

    @property
    def _all_wished(self) -> bool:
        return len(self._wishes) >= self._at_work

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

    def _write(self, results: Sequence[Result], wishes: Sequence[_Wish]) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._conninfo,
                autocommit=True,
                connect_timeout=5,
                # Rows are looked up by their key, in the order given, whatever the table's statistics say.
                options="-c statement_timeout=15000 -c plan_cache_mode=force_generic_plan"
                " -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off -c enable_bitmapscan=off",
                application_name="mailer writer",
            )
        # A connection that lost patience has said how its mail ends: its wish is void.
        changes: dict[tuple[str, int], Result | _Wish] = {_claim_of(wish): wish for wish in wishes}
        changes |= {_claim_of(result): result for result in results}
        with self._connection.cursor() as cursor:
            if any(result.pause or result.suppress for result in results):
                with self._connection.transaction():
                    _pause_campaigns(cursor, results)
                    allowed = _change(cursor, list(changes.values()))
                    _suppress(cursor, results)
            else:
                allowed = _change(cursor, list(changes.values()))
        for wish in wishes:
            wish.allowed = wish.mail.id in allowed

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


# One statement: a commit of its own, and all rows locked in the order of their ids, as everybody who locks does.
# A personal link, and words that one person wrote to another, are needed no more once the mail is out: the ledger
# forgets them.
# `one` is 1 in every row. Of a hundred rows the planner expects an equality to leave one, and looks that up by its key.
# Else, in a ledger where by its statistics hardly a mail is open, it reads all that are: for every batch, and in an
# order of its own.
_CHANGE = """
    WITH said AS (
        SELECT * FROM json_to_recordset(%s::json) AS said (
            id uuid, owner text, state text, message_id text, lease float, delay float, tried bool, relay text,
            code int, enhanced text, text text, reason text, milliseconds int, one int)
        WHERE said.one = 1
    ), changed AS (
        UPDATE messages m
        SET state = s.state,
            message_id = coalesce(s.message_id, m.message_id),
            attempts = m.attempts + s.tried::int,
            next_at = now() + make_interval(secs => s.delay),
            lease_until = now() + make_interval(secs => s.lease),
            lease_owner = CASE WHEN s.state IN ('transmitting', 'unknown') THEN m.lease_owner END,
            last_code = s.code, last_enhanced = s.enhanced, last_text = s.text, reason = s.reason,
            data = CASE WHEN s.state IN ('accepted', 'rejected') THEN m.data - ARRAY['link', 'text'] ELSE m.data END
        FROM said s
        WHERE m.id = s.id AND m.lease_owner = s.owner
          AND (m.state = 'claimed' AND s.state IN ('pending', 'deferred', 'rejected')
               OR m.state = 'transmitting' AND s.state IN ('accepted', 'deferred', 'rejected', 'unknown')
               OR m.state = 'unknown' AND s.state IN ('accepted', 'deferred', 'rejected')
               OR m.state = 'claimed' AND s.state = 'transmitting'
                  AND (m.campaign_id IS NULL
                       OR EXISTS (SELECT 1 FROM campaigns c WHERE c.id = m.campaign_id AND c.state = 'running')))
        RETURNING m.id, m.state
    ), noted AS (
        INSERT INTO attempts (message_id, owner, relay, outcome, code, enhanced, text, reason, milliseconds)
        SELECT id, owner, relay, state, code, enhanced, text, reason, milliseconds FROM said WHERE tried
        ON CONFLICT DO NOTHING
    )
    SELECT id FROM changed WHERE state = 'transmitting'
"""


def _claim_of(change: Result | _Wish) -> tuple[str, int]:
    return change.mail.owner, change.mail.id.int


def _change(cursor: psycopg.Cursor[Any], changes: Sequence[Result | _Wish]) -> set[uuid.UUID]:
    """Write the changes; returns the mails whose dot may be sent."""
    rows = [change.row for change in sorted(changes, key=lambda change: change.mail.id.int)]
    cursor.execute(_CHANGE, [orjson.dumps(rows).decode()], prepare=True)
    return {row[0] for row in cursor.fetchall()}


def _pause_campaigns(cursor: psycopg.Cursor[Any], results: Sequence[Result]) -> None:
    """Before the rows: campaigns are locked first by everybody, and no other wish of theirs may be granted."""
    refused = {r.mail.campaign_id: f"{r.code} {_clean(r.text)}" for r in results if r.pause and r.mail.campaign_id}
    cursor.execute(
        """
        UPDATE campaigns c SET state = 'paused', paused_because = p.because
        FROM unnest(%s::uuid[], %s::text[]) AS p (id, because) WHERE c.id = p.id AND c.state = 'running'
        """,
        [list(refused), list(refused.values())],
    )


def _suppress(cursor: psycopg.Cursor[Any], results: Sequence[Result]) -> None:
    absent = {r.mail.email_key: f"{r.code} {_clean(r.text)}" for r in results if r.suppress}
    cursor.execute(
        """
        INSERT INTO suppressions (email_key, scope, reason, evidence)
        SELECT key, 'bulk', 'absent', evidence FROM unnest(%s::text[], %s::text[]) AS s (key, evidence)
        ON CONFLICT (email_key, scope) DO UPDATE SET evidence = EXCLUDED.evidence, until = NULL
        """,
        [list(absent), list(absent.values())],
    )


def _clean(text: str) -> str:
    """A relay's words as PostgreSQL takes them: no NUL, 500 characters at most."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:500]
