"""Statements that every visitor costs: built by SQLAlchemy once, then sent as they are, those that can together.

SQLAlchemy prepares each statement anew and wraps what comes back, which takes twice as long as sending it and reading
the answer; and at each answer a thread waits, to find then that another runs. Where that shows (docs/decisions/0464
and 0484) its session, its transaction and its errors are kept, and the rest is left out: a statement whose answer
nobody needs waits for the next one, or for the commit, and travels with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.orm import Session, SessionTransaction

from shared.db import READING, quote_no_row
from shared.pipeline import Answer, Pipeline


def rows(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that is made once, at the start; values and rows are of psycopg's types.

    For text and tables, not for objects; a list is an array, since nothing expands. Whoever listens to the engine's
    `before_cursor_execute` hears it. Raises what SQLAlchemy would raise.
    """
    return together(session, (statement, values))[0]


def together(session: Session, *asked: tuple[sa.Executable, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows of each of several statements, as `rows` has them, for which one waits only once.

    In a session of `Database.reading` that has not begun they have a transaction of their own, and what else is read
    has another: under READ COMMITTED each statement sees what stands when it is run either way, and nobody waits for
    the end.
    """
    if session.info.get(READING) and not session.in_transaction():
        return _apart(session.get_bind().engine, asked)
    for statement, values in asked:
        line = _queued(session, statement, values)
    try:
        answers = _send(line.connection, line.pipeline)
    except sa.exc.DBAPIError:
        session.info.pop(_KEY, None)
        raise
    return [line.pipeline.rows(one) for one in answers[-len(asked) :]]


def _apart(engine: sa.Engine, asked: Sequence[tuple[sa.Executable, Mapping[str, Any]]]) -> list[list[tuple[Any, ...]]]:
    """On a connection that goes back at once; what a session does to begin and to end takes longer than these."""
    try:
        taken = engine.raw_connection()
    except psycopg.Error as error:
        raise _as_sqlalchemy(None, error) from error
    with closing(taken) as connection:
        pipeline = _pipeline(connection)
        try:
            for statement, values in asked:
                _add(pipeline, engine, statement, values)
            _begun, *answers, _ended = _send(connection, pipeline, commit=True, read_only=True)
        except BaseException:
            pipeline.forget()  # whoever has the connection next must not be answered what was asked here
            raise
        return [pipeline.rows(one) for one in answers]


def later(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> None:
    """Like `rows`, for a statement whose answer nobody needs.

    It is sent with the next one, of `rows` or of the session, or with the commit, and what it raises is raised there.
    """
    _queued(session, statement, values)


class _Line(NamedTuple):
    """What the statements of one transaction are sent on."""

    transaction: SessionTransaction | None
    connection: sa.Connection
    pipeline: Pipeline


_KEY = "hot"


def _queued(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> _Line:
    if session.autoflush:
        session.flush()  # as a session's own statements do: what was changed is written before it is counted
    line = _line(session)
    _add(line.pipeline, line.connection, statement, values)
    return line


def _add(
    pipeline: Pipeline, heard_by: sa.Connection | sa.Engine, statement: sa.Executable, values: Mapping[str, Any]
) -> None:
    written = _written(statement)
    given = {**written.own, **values}
    for hear in heard_by.dispatch.before_cursor_execute:
        hear(heard_by, None, written.heard, given, None, False)
    try:
        pipeline.add(written.sent, [given[name] for name in written.names])
    except psycopg.Error as error:
        raise _as_sqlalchemy(written.sent, error) from error


def _line(session: Session) -> _Line:
    """Found once in each transaction, and in each savepoint, which begins when a session is asked for its connection.

    A session that has failed is asked each time: it says so.
    """
    line: _Line | None = session.info.get(_KEY)
    if line is None or line.transaction is not _transaction(session) or not session.is_active:
        connection = session.connection()
        line = session.info[_KEY] = _Line(_transaction(session), connection, _pipeline(connection.connection))
    return line


def _transaction(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _pipeline(connection: sa.PoolProxiedConnection) -> Pipeline:
    """Of this connection, for as long as the pool keeps it."""
    driver: Any = connection.driver_connection
    pipeline: Pipeline | None = connection.info.get(_KEY)
    if pipeline is None or pipeline.driver is not driver:
        pipeline = connection.info[_KEY] = Pipeline(driver)
    return pipeline


def _known(connection: sa.Connection) -> Pipeline | None:
    return None if connection.invalidated else connection.info.get(_KEY)


def _send(
    connection: sa.Connection | sa.PoolProxiedConnection,
    pipeline: Pipeline,
    *,
    commit: bool = False,
    read_only: bool = False,
) -> list[Answer]:
    """What waits; the answers. Raises what SQLAlchemy would raise for the first that failed."""
    sql = None
    try:
        for answer in (answers := pipeline.send(commit=commit, read_only=read_only)):
            if answer.error:
                sql = answer.sql
                raise answer.error
    except psycopg.Error as error:
        pipeline.forget()  # of a commit that failed SQLAlchemy tells no rollback
        if pipeline.driver.closed:
            connection.invalidate(error)  # the pool opens another one
        raise _as_sqlalchemy(sql, error) from error
    return answers


def _as_sqlalchemy(sql: str | None, error: psycopg.Error) -> Exception:
    quote_no_row(error)  # the engine, which does so otherwise, does not hear of it
    return sa.exc.DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True)


@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def _before_another(
    connection: sa.Connection, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool
) -> None:
    """Statements keep their order. Those of this module, which have no context, queue."""
    if context is not None and (pipeline := _known(connection)) and pipeline.waiting:
        _send(connection, pipeline)


@sa.event.listens_for(sa.Engine, "commit")
def _with_the_commit(connection: sa.Connection) -> None:
    """psycopg, which is asked to commit next, sees that it is done."""
    if (pipeline := _known(connection)) and pipeline.waiting:
        _send(connection, pipeline, commit=True)


@sa.event.listens_for(sa.Engine, "rollback")
@sa.event.listens_for(sa.Engine, "rollback_savepoint")
def _never(connection: sa.Connection, *_more: Any) -> None:
    if pipeline := _known(connection):
        pipeline.forget()


class _Written(NamedTuple):
    heard: str
    """In psycopg's words, for who listens."""
    sent: str
    """In PostgreSQL's own."""
    names: list[str]
    """Of its values, in their order."""
    own: dict[str, Any]
    """The values that it brings itself."""


@lru_cache(maxsize=256)
def _written(statement: sa.Executable) -> _Written:
    heard, sent = (
        statement.compile(dialect=dialect(paramstyle=style))  # type: ignore[attr-defined, no-untyped-call]
        for style in ("pyformat", "numeric_dollar")
    )
    own = {name: bind.value for name, bind in heard.binds.items() if not bind.required}
    return _Written(str(heard), str(sent), sent.positiontup or [], own)
