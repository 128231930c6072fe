"""PostgreSQL: one database per service, one engine per process, the SQLAlchemy session as the unit of work."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy.orm import ORMExecuteState, Session
from uuid_utils.compat import uuid7

naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

IDLE = 1.0  # seconds
READING = "reading"
"""In the `info` of a session that was opened for reading only."""

shared_metadata = sa.MetaData(naming_convention=naming_convention)
"""The tables that every service has: outbox, inbox, dead letters, audit, revoked staff."""


class Database:
    """An engine and the two ways to use it.

    READ COMMITTED is pinned: the seat grant locks rows and then counts, which a snapshot taken before the
    lock would get wrong.
    """

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "agora") -> None:
        self.url = url
        self.engine = sa.create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=pool_size,
            max_overflow=10,
            pool_timeout=10,
            # The connection used last is used next: its statements are prepared already.
            pool_use_lifo=True,
            # _give_back_idle does it where there is something to reset.
            pool_reset_on_return=None,
            # Errors end in logs and beside parked messages: not with what people typed, nor with their links.
            hide_parameters=True,
            # What the planner takes for a large statement would be compiled first, for longer than any of ours runs.
            connect_args={
                "connect_timeout": 5,
                "application_name": application_name,
                "options": f"-c jit=off {sa.make_url(url).query.get('options', '')}",
            },
        )
        # Said with BEGIN itself: a statement of its own would be one more round trip on every page.
        self._readonly = self.engine.execution_options(postgresql_readonly=True)
        _ask_after_idling(self.engine)
        _give_back_idle(self.engine)
        sa.event.listen(self.engine, "handle_error", _without_the_row)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back when anything is raised."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading only: PostgreSQL refuses a write."""
        session = Session(self._readonly, expire_on_commit=False, info={READING: True})
        try:
            yield session
            if session.in_transaction():
                session.commit()  # a rollback would make the driver forget what it has prepared
        finally:
            if session.in_transaction() or session.identity_map:  # most pages never begin one
                session.close()

    def is_up(self) -> bool:
        """Whether a statement gets an answer."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.OperationalError:
            return False
        return True

    def dispose(self) -> None:
        self.engine.dispose()


@sa.event.listens_for(Session, "do_orm_execute")
def _read_under_the_lock(state: ORMExecuteState) -> None:
    """What a lock was waited for is what stands now: a row that the session had read before is read again.

    By itself SQLAlchemy keeps what it read first. Changes that are not written yet are flushed before."""
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


def _without_the_row(failed: sa.engine.ExceptionContext) -> None:
    error, wrapped = failed.original_exception, failed.sqlalchemy_exception
    whole = str(error)
    quote_no_row(error)
    if wrapped is not None and whole != str(error):
        wrapped.args = tuple(one.replace(whole, str(error)) if isinstance(one, str) else one for one in wrapped.args)


def quote_no_row(error: BaseException) -> None:
    """Of what a constraint refuses, the server quotes the whole row: who it is about would stand in the log."""
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError) and error.diag.message_detail:
        error.args = (error.diag.message_primary or type(error).__name__,)


def _ask_after_idling(engine: sa.Engine) -> None:
    """A connection that nobody used for a second is asked for a sign of life before it is used again.

    Asking each time, as `pool_pre_ping` does, is one more round trip on every page. The server may still go away
    within that second: then the statement fails, and the person reads that it did and keeps what was typed.
    """

    @sa.event.listens_for(engine, "checkin")
    def left(_connection: Any, record: Any) -> None:
        record.info["left"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("left", time.monotonic()) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error  # the pool opens another one


def _give_back_idle(engine: sa.Engine) -> None:
    """A transaction that is open when its connection goes back is rolled back; mostly there is none."""

    @sa.event.listens_for(engine, "reset")
    def back(connection: Any, _record: Any, state: sa.PoolResetState) -> None:
        if not state.terminate_only and connection.info.transaction_status != TransactionStatus.IDLE:
            connection.rollback()


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by time, so that indexes grow at one end."""
    return uuid7()


def new_token() -> str:
    """A secret for a personal link: 192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)


def hash_token(token: str) -> bytes:
    """What is stored of a personal link. A plain SHA-256 is enough: the token is random and long."""
    return hashlib.sha256(token.encode()).digest()


def insert_rows(session: Session, model: Any, rows: Sequence[dict[str, Any]], *, replace: Sequence[str] = ()) -> None:
    """Insert plain rows, all with the same columns, in one statement that takes them as one JSON document.

    Five times quicker than an object per row. Defaults written in Python do not apply. replace: the columns that are
    overwritten where the primary key is there already.
    """
    if not rows:
        return
    table = model.__table__
    columns = ", ".join(_quoted(name) for name in rows[0])
    statement = (
        f"INSERT INTO {_quoted(table.name)} ({columns}) "  # noqa: S608  (names of our own models)
        f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{_quoted(table.name)}, CAST(:rows AS jsonb))"
    )
    if replace:
        key = ", ".join(_quoted(column.name) for column in table.primary_key)
        changes = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in replace)
        statement += f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
    session.execute(sa.text(statement), {"rows": orjson.dumps(rows).decode()})


def insert_with(row: tuple[Any, dict[str, Any]], *others: tuple[Any, Sequence[dict[str, Any]]]) -> Insertion:
    """The statement that inserts `row` unless one like it stands already and, only if it did, all `others`.

    Pairs of a model, or a table, and its rows, inserted as `insert_rows` does. Its scalar: 1 for a new row, else 0.
    """
    parts = [(row[0], [row[1]]), *((model, rows) for model, rows in others if rows)]
    shape = tuple((_table(model), tuple(rows[0])) for model, rows in parts)
    values = {f"rows_{n}": orjson.dumps(rows, default=_bytea).decode() for n, (_, rows) in enumerate(parts)}
    return _inserting_with(shape), values


Insertion = tuple[sa.TextClause, dict[str, str]]


@cache
def _inserting_with(shape: tuple[tuple[str, tuple[str, ...]], ...]) -> sa.TextClause:
    inserts = []
    for number, (table, names) in enumerate(shape):
        columns = ", ".join(map(_quoted, names))
        inserts.append(
            f"part_{number} AS (INSERT INTO {_quoted(table)} ({columns}) "  # noqa: S608  (names of our own models)
            f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{_quoted(table)}, CAST(:rows_{number} AS jsonb)) "
            + ("WHERE EXISTS (SELECT FROM part_0))" if number else "ON CONFLICT DO NOTHING RETURNING 1)")
        )
    return sa.text(f"WITH {', '.join(inserts)} SELECT count(*) FROM part_0")  # noqa: S608


def _table(model: Any) -> str:
    return str(model.name if isinstance(model, sa.Table) else model.__table__.name)


def _bytea(value: bytes) -> str:
    return "\\x" + value.hex()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
