"""Statements that every visitor costs: built by SQLAlchemy once, then sent as they are.

SQLAlchemy prepares each statement anew and wraps what comes back, which takes twice as long as psycopg takes to send it
and to read the answer. Where that shows (see docs/decisions/0464) its session, its transaction and its errors are
kept, and the rest is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.orm import Session, SessionTransaction


def rows(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that is made once, at the start; values and rows are of psycopg's types.

    For text and tables, not for objects; a list is an array, since nothing expands. Whoever listens to the engine's
    `before_cursor_execute` hears it. Raises what SQLAlchemy would raise.
    """
    sql, own = _written(statement)
    if session.autoflush:
        session.flush()  # as a session's own statements do: what was changed is written before it is counted
    line = _line(session)
    given = {**own, **values}
    try:
        for hear in line.connection.dispatch.before_cursor_execute:
            hear(line.connection, line.cursor, sql, given, None, False)
        line.cursor.execute(sql, given)
        return [] if line.cursor.rownumber is None else line.cursor.fetchall()
    except psycopg.Error as error:
        session.info.pop(_LINE, None)
        pooled = line.connection.connection
        if pooled.driver_connection is None or pooled.driver_connection.closed:
            line.connection.invalidate(error)  # the pool opens another one
        raise sa.exc.DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True) from error


class _Line(NamedTuple):
    """What the statements of one transaction are sent on."""

    transaction: SessionTransaction | None
    connection: sa.Connection
    cursor: Any


_LINE = "hot"


def _line(session: Session) -> _Line:
    """Found once in each transaction, and in each savepoint, which begins when a session is asked for its connection.

    A session that has failed is asked each time: it says so.
    """
    line: _Line | None = session.info.get(_LINE)
    if line is None or line.transaction is not _transaction(session) or not session.is_active:
        connection = session.connection()
        line = session.info[_LINE] = _Line(_transaction(session), connection, connection.connection.cursor())
    return line


def _transaction(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


@lru_cache(maxsize=256)
def _written(statement: sa.Executable) -> tuple[str, dict[str, Any]]:
    """(the statement in psycopg's words, the values that it brings itself)."""
    compiled = statement.compile(dialect=dialect())  # type: ignore[attr-defined, no-untyped-call]
    return str(compiled), {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
