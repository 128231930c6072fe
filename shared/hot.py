"""Statements that every visitor costs: built by SQLAlchemy once, then sent as they are.

SQLAlchemy prepares each statement anew and wraps what comes back, which takes twice as long as psycopg takes to send it
and to read the answer. Where that shows (see docs/decisions/0464) its session, its transaction and its errors are
kept, and the rest is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.orm import Session


def rows(session: Session, statement: sa.Executable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that is made once, at the start; values and rows are of psycopg's types.

    For text and tables, not for objects; a list is an array, since nothing expands. Whoever listens to the engine's
    `before_cursor_execute` hears it. Raises what SQLAlchemy would raise.
    """
    sql, own = _written(statement)
    if session.autoflush:
        session.flush()  # as a session's own statements do: what was changed is written before it is counted
    connection = session.connection()
    pooled = connection.connection
    given = {**own, **values}
    try:
        cursor = pooled.cursor()
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, sql, given, None, False)
        cursor.execute(sql, given)
        return cursor.fetchall() if cursor.description else []  # type: ignore[return-value]
    except psycopg.Error as error:
        if pooled.driver_connection is None or pooled.driver_connection.closed:
            connection.invalidate(error)  # the pool opens another one
        raise sa.exc.DBAPIError.instance(sql, None, error, psycopg.Error, hide_parameters=True) from error


@lru_cache(maxsize=256)
def _written(statement: sa.Executable) -> tuple[str, dict[str, Any]]:
    """(the statement in psycopg's words, the values that it brings itself)."""
    compiled = statement.compile(dialect=dialect())  # type: ignore[attr-defined, no-untyped-call]
    return str(compiled), {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
