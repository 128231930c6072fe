"""Several statements to PostgreSQL at once, then all their answers: the pipeline mode of libpq.

psycopg has it too, and stops twice at each statement to see whether the connection can take more, and for the answer to
BEGIN: a process whose threads wait for each other gains little by it (docs/decisions/0484). Here they are handed to
libpq together and one wait serves them all.
"""

from __future__ import annotations

import itertools
import select
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer


class Answer(NamedTuple):
    """What came of one statement, good or bad."""

    sql: str
    result: pq.abc.PGresult

    @property
    def error(self) -> psycopg.Error | None:
        if self.result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return None
        error = psycopg.errors.error_from_result(self.result)
        # The server gives each of its errors a state: one without is libpq's own word that the connection is lost.
        return error if error.sqlstate else psycopg.OperationalError(str(error))


class _Statement(NamedTuple):
    sql: str
    values: Sequence[Any] = ()
    """As PostgreSQL reads them."""
    types: tuple[int, ...] = ()
    formats: Sequence[Any] = ()


class Pipeline:
    """One connection to PostgreSQL, and what waits to be sent on it.

    Each statement is prepared when it is first sent. Between two calls of `send` the connection may be used as any.
    """

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self.driver = driver
        self.waiting: list[_Statement] = []
        self._adapter = Transformer(driver)
        self._prepared: set[bytes] = set()
        self._socket = select.poll()
        self._socket.register(driver.pgconn.socket, select.POLLIN)

    @property
    def is_idle(self) -> bool:
        """Whether no transaction has begun."""
        return self.driver.pgconn.transaction_status == pq.TransactionStatus.IDLE

    def add(self, sql: str, values: list[Any]) -> None:
        """sql: with $1, $2 … for the values."""
        adapted = self._adapter.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._adapter.types, self._adapter.formats
        self.waiting.append(_Statement(sql, adapted, types or (), formats or ()))

    def send(self, *, commit: bool = False, read_only: bool = False) -> list[Answer]:
        """All that waits, after BEGIN where no transaction has begun, before COMMIT if asked: an answer for each.

        read_only: begin so, however the connection is set. Those after one that failed are not run. Raises
        psycopg.OperationalError, and closes the connection, when not all answers come.
        """
        libpq = self.driver.pgconn
        statements, self.waiting = self.waiting, []
        if not self.driver.autocommit:
            if self.is_idle:
                statements.insert(0, _Statement(self._begin(read_only)))
            if commit:
                statements.append(_Statement("COMMIT"))
        sent: list[str] = []
        run: list[int] = []  # where among them a statement is run, not prepared
        new: set[bytes] = set()
        try:
            libpq.enter_pipeline_mode()
            for sql, values, types, formats in statements:
                name = _name(sql, types)
                if name not in self._prepared and name not in new:
                    new.add(name)
                    libpq.send_close_prepared(name)  # no error where it is not there
                    libpq.send_prepare(name, sql.encode(), types)
                    sent += [sql, sql]
                libpq.send_query_prepared(name, values, formats)
                run.append(len(sent))
                sent.append(sql)
            libpq.pipeline_sync()
            answers = [Answer(*one) for one in zip(sent, self._results(libpq), strict=False)]
            failed = any(one.error for one in answers)
            if len(answers) == len(sent):
                libpq.exit_pipeline_mode()
            elif failed:  # it said why
                self.driver.close()
            else:
                raise psycopg.OperationalError("the connection was lost")
        except BaseException:
            self.driver.close()  # half an answer may be left in it
            raise
        if failed:
            return answers
        self._prepared |= new
        return [answers[place] for place in run]

    def forget(self) -> None:
        """Nothing of what waits is sent; what is prepared may be gone, since psycopg clears up after a rollback."""
        self.waiting.clear()
        self._prepared.clear()

    def rows(self, answer: Answer) -> list[tuple[Any, ...]]:
        self._adapter.set_pgresult(answer.result)
        return self._adapter.load_rows(0, answer.result.ntuples, tuple)

    def _begin(self, read_only: bool) -> str:
        """As psycopg begins, which is not asked: it would wait for the answer."""
        level = self.driver.isolation_level
        isolation = f" ISOLATION LEVEL {level.name.replace('_', ' ')}" if level else ""
        return (
            "BEGIN"
            + isolation
            + {None: "", True: " READ ONLY", False: " READ WRITE"}[read_only or self.driver.read_only]
        )

    def _results(self, libpq: pq.abc.PGconn) -> list[pq.abc.PGresult]:
        """One for each thing that was sent; fewer when the connection is lost."""
        while libpq.flush():  # more than the system takes at once
            self._socket.modify(libpq.socket, select.POLLIN | select.POLLOUT)
            self._socket.poll()
            self._socket.modify(libpq.socket, select.POLLIN)
            libpq.consume_input()
        results: list[pq.abc.PGresult] = []
        while True:
            while libpq.is_busy() and libpq.status == pq.ConnStatus.OK:
                self._socket.poll()
                with suppress(psycopg.OperationalError):  # lost; what came before may say why
                    libpq.consume_input()
            result = libpq.get_result()
            if result is None:  # between two statements
                if libpq.status != pq.ConnStatus.OK:
                    return results
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)


@cache
def _name(_sql: str, _types: tuple[int, ...]) -> bytes:
    """What PostgreSQL calls a statement, on each connection."""
    return b"agora_%d" % next(_numbers)


_numbers = itertools.count()
