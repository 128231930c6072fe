"""Statements sent past SQLAlchemy keep what its sessions promise: transactions, errors, ears, connections."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models import Structure
from shared import clock, hot
from shared.db import Database
from shared.pipeline import Pipeline

ECHO = sa.text("SELECT :word || '%', CAST(:ids AS uuid[])")
PUT = sa.text("INSERT INTO outbox_sequences (thing, last) VALUES (:thing, 1)")
COUNT = sa.text("SELECT count(*) FROM outbox_sequences")
STRUCTURES = sa.text("SELECT name FROM structures")
FAIL = sa.text("SELECT 1 / CAST(:by AS int)")
LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)")
FREE = sa.text("SELECT pg_try_advisory_xact_lock(483)")
DIE = sa.text("SELECT pg_terminate_backend(pg_backend_pid())")


def driver(session: Session) -> psycopg.Connection[Any]:
    found = session.connection().connection.driver_connection
    assert isinstance(found, psycopg.Connection)
    return found


def test_rows_are_plain(registration_db: Database) -> None:
    ids = [uuid.uuid4(), uuid.uuid4()]
    with registration_db.reading() as session:
        assert hot.rows(session, ECHO, {"word": "cent", "ids": ids}) == [("cent%", ids)]
        assert hot.rows(session, ECHO, {"word": "", "ids": []}) == [("%", [])]


def test_they_belong_to_the_transaction_of_the_session(registration_db: Database) -> None:
    with pytest.raises(RuntimeError), registration_db.transaction() as session:
        assert hot.rows(session, PUT, {"thing": "a"}) == []
        assert session.scalar(COUNT) == 1
        raise RuntimeError
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_what_the_session_holds_is_written_before_they_look(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        session.add(Structure(name="Eau 31", name_key="eau 31", made_at=clock.now()))
        assert hot.rows(session, STRUCTURES, {}) == [("Eau 31",)]


def test_a_page_that_reads_cannot_write_by_them(registration_db: Database) -> None:
    with pytest.raises(sa.exc.InternalError), registration_db.reading() as session:
        hot.rows(session, PUT, {"thing": "a"})


def test_errors_are_sqlalchemys_and_say_nothing_of_the_values(registration_db: Database) -> None:
    with pytest.raises(sa.exc.DataError) as error, registration_db.transaction() as session:
        hot.rows(session, FAIL, {"by": 0})
    assert getattr(error.value.orig, "sqlstate", None) == "22012"
    assert "'by'" not in str(error.value)
    with pytest.raises(KeyError), registration_db.transaction() as session:
        hot.rows(session, FAIL, {})


@pytest.mark.parametrize("name", [None, ""])
def test_errors_never_repeat_the_row_that_a_constraint_refuses(registration_db: Database, name: str | None) -> None:
    row = sa.text("INSERT INTO structures (id, name, name_key, known, made_at) VALUES (:id, :who, :key, false, now())")
    with pytest.raises(sa.exc.IntegrityError) as problem, registration_db.transaction() as session:
        hot.rows(session, row, {"id": uuid.uuid4(), "who": "zoe@asso.example", "key": name})
    said = f"{problem.value} {problem.value.orig!r}"
    assert "violates" in said
    assert "zoe@" not in said


def test_a_session_that_has_failed_sends_no_more_of_them(registration_db: Database) -> None:
    with Session(registration_db.engine) as session:
        hot.rows(session, COUNT, {})
        session.add(Structure(name="Eau 31", name_key=None, made_at=clock.now()))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        with pytest.raises(sa.exc.PendingRollbackError):
            hot.rows(session, PUT, {"thing": "a"})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_one_that_failed_costs_no_more_than_its_savepoint(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        hot.rows(session, PUT, {"thing": "a"})
        with pytest.raises(sa.exc.DataError), session.begin_nested():
            hot.rows(session, PUT, {"thing": "b"})
            hot.rows(session, FAIL, {"by": 0})
        hot.rows(session, PUT, {"thing": "c"})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(2,)]


def test_each_transaction_of_a_session_has_its_own_connection(registration_db: Database) -> None:
    with Session(registration_db.engine) as session:
        hot.rows(session, PUT, {"thing": "a"})
        session.commit()
        with registration_db.engine.connect() as other:  # the connection used last is used next
            assert other.execute(COUNT).scalar() == 1
            hot.rows(session, PUT, {"thing": "b"})
            assert other.execute(COUNT).scalar() == 1
            session.commit()


def test_a_connection_that_was_lost_is_not_used_again(registration_db: Database) -> None:
    with pytest.raises(sa.exc.OperationalError), registration_db.transaction() as session:
        hot.rows(session, DIE, {})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_a_connection_that_closed_meanwhile_is_an_error_of_sqlalchemy(registration_db: Database) -> None:
    with pytest.raises(sa.exc.OperationalError), registration_db.transaction() as session:
        hot.rows(session, COUNT, {})
        driver(session).close()
        hot.rows(session, COUNT, {})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_a_server_that_hangs_up_without_a_word_is_an_operational_error(registration_db: Database) -> None:
    with pytest.raises(sa.exc.OperationalError), registration_db.transaction() as session:
        hot.rows(session, COUNT, {})
        with socket.socket(fileno=os.dup(driver(session).pgconn.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)
        hot.later(session, PUT, {"thing": "a"})
        hot.rows(session, COUNT, {})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_a_statement_for_later_is_sent_with_the_next_one(registration_db: Database) -> None:
    with registration_db.transaction() as session, registration_db.transaction() as other:
        hot.later(session, LOCK, {"key": 483})
        with other.begin_nested() as tried:
            assert other.scalar(FREE)
            tried.rollback()
        hot.rows(session, COUNT, {})
        assert not other.scalar(FREE)


def test_statements_keep_their_order_whoever_sends_them(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        hot.later(session, PUT, {"thing": "a"})
        hot.later(session, PUT, {"thing": "b"})
        assert session.scalar(COUNT) == 2
        hot.later(session, PUT, {"thing": "c"})
        assert hot.rows(session, COUNT, {}) == [(3,)]
        hot.later(session, PUT, {"thing": "d"})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(4,)]


def test_what_waits_is_never_sent_after_a_rollback(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        with pytest.raises(RuntimeError), session.begin_nested():
            hot.later(session, PUT, {"thing": "a"})
            raise RuntimeError
        hot.later(session, PUT, {"thing": "b"})
    with pytest.raises(RuntimeError), registration_db.transaction() as session:
        hot.later(session, PUT, {"thing": "c"})
        raise RuntimeError
    with registration_db.transaction() as session:  # on the same connection
        assert hot.rows(session, COUNT, {}) == [(1,)]


def test_one_that_fails_is_told_by_the_next_and_stops_those_between(registration_db: Database) -> None:
    with pytest.raises(sa.exc.DataError, match="by zero"), registration_db.transaction() as session:
        hot.later(session, PUT, {"thing": "a"})
        hot.later(session, FAIL, {"by": 0})
        hot.later(session, PUT, {"thing": "b"})
        hot.rows(session, COUNT, {})
    with pytest.raises(sa.exc.DataError, match="by zero"), registration_db.transaction() as session:
        hot.later(session, FAIL, {"by": 0})
        session.scalar(COUNT)
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_one_that_fails_with_the_commit_undoes_all(registration_db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="duplicate key"), registration_db.transaction() as session:
        hot.later(session, PUT, {"thing": "a"})
        hot.later(session, PUT, {"thing": "a"})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_a_commit_that_fails_is_an_error_of_sqlalchemy(registration_db: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
        session.execute(sa.text("CREATE TEMP TABLE two (one int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"))
        twice = sa.text("INSERT INTO two VALUES (1), (1)")
        hot.later(session, PUT, {"thing": "a"})
        hot.later(session, twice, {})
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_a_connection_lost_at_the_commit_is_an_error_and_not_used_again(registration_db: Database) -> None:
    with pytest.raises(sa.exc.OperationalError) as error, registration_db.transaction() as session:
        hot.later(session, PUT, {"thing": "a"})
        hot.later(session, DIE, {})
    assert getattr(error.value.orig, "sqlstate", None) == "57P01"
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_they_begin_the_transaction_that_the_engine_asks_for(registration_db: Database) -> None:
    isolation, writes = sa.text("SHOW transaction_isolation"), sa.text("SHOW transaction_read_only")
    with registration_db.reading() as session:
        assert hot.rows(session, writes, {}) == [("on",)]
    with registration_db.transaction() as session:
        assert hot.rows(session, writes, {}) == [("off",)]
    strict = registration_db.engine.execution_options(isolation_level="SERIALIZABLE")
    with Session(strict) as session:
        assert hot.rows(session, isolation, {}) == [("serializable",)]
    each = registration_db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with Session(each) as session:
        hot.later(session, PUT, {"thing": "a"})
        hot.rows(session, COUNT, {})
        with registration_db.reading() as other:
            assert hot.rows(other, COUNT, {}) == [(1,)]


def test_they_are_prepared_again_after_psycopg_cleared_up(registration_db: Database) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), registration_db.transaction() as session:
            for _ in range(8):  # psycopg prepares at the sixth, and after a rollback takes all of them back
                hot.rows(session, COUNT, {})
                session.scalar(COUNT)
            raise RuntimeError
        with registration_db.transaction() as session:
            hot.rows(session, COUNT, {})
            with suppress(RuntimeError), session.begin_nested():
                for _ in range(8):
                    session.scalar(COUNT)
                raise RuntimeError
            assert hot.rows(session, COUNT, {}) == [(0,)]


def test_they_are_prepared_again_after_a_commit_that_failed(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        hot.rows(session, COUNT, {})
        for _ in range(8):  # psycopg has some of its own to take back
            session.scalar(COUNT)
    with pytest.raises(sa.exc.DataError), registration_db.transaction() as session:
        hot.later(session, FAIL, {"by": 0})
    with registration_db.reading() as session:  # on the same connection
        assert hot.rows(session, COUNT, {}) == [(0,)]


def test_each_of_several_has_its_rows_and_one_wait_serves_them_all(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []
    results = Pipeline._results
    monkeypatch.setattr(Pipeline, "_results", lambda *given: waits.append(len(waits)) or results(*given))
    for times in (1, 2):  # prepared first, then only run
        with registration_db.transaction() as session:
            hot.later(session, PUT, {"thing": f"a {times}"})
            found = hot.together(session, (COUNT, {}), (ECHO, {"word": "cent", "ids": []}), (STRUCTURES, {}))
            assert found == [[(times,)], [("cent%", [])], []]
    assert len(waits) == 2


def test_a_page_that_reads_waits_for_no_end_of_its_transaction(registration_db: Database) -> None:
    held = registration_db.engine.pool.checkedout  # type: ignore[attr-defined]
    with registration_db.reading() as session:
        assert hot.together(session, (COUNT, {}), (COUNT, {})) == [[(0,)], [(0,)]]
        assert held() == 0
        assert session.scalar(COUNT) == 0  # begins one as the session does, which then ends it
        assert hot.rows(session, COUNT, {}) == [(0,)]
        assert held() == 1
        assert driver(session).pgconn.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        with pytest.raises(sa.exc.InternalError), session.begin_nested():
            session.execute(PUT, {"thing": "a"})
    assert held() == 0
    with registration_db.reading() as session, session.begin_nested():
        hot.rows(session, COUNT, {})
        assert held() == 1
    with registration_db.transaction() as session:
        hot.rows(session, COUNT, {})
        assert held() == 1


@pytest.mark.parametrize(("statement", "error"), [(FAIL, sa.exc.DataError), (DIE, sa.exc.OperationalError)])
def test_a_page_that_reads_goes_on_after_one_that_failed(
    registration_db: Database, statement: sa.TextClause, error: type[Exception]
) -> None:
    with registration_db.reading() as session:
        assert hot.rows(session, COUNT, {}) == [(0,)]
        with pytest.raises(error):
            hot.together(session, (COUNT, {}), (statement, {"by": 0} if statement is FAIL else {}))
        assert hot.rows(session, COUNT, {}) == [(0,)]
        assert session.scalar(COUNT) == 0


def test_a_database_that_is_away_is_an_error_of_sqlalchemy() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(sa.exc.OperationalError), away.reading() as session:
        hot.rows(session, COUNT, {})


def test_nobody_is_answered_what_another_page_could_not_ask(registration_db: Database) -> None:
    with pytest.raises(sa.exc.DataError), registration_db.reading() as session:
        hot.together(session, (ECHO, {"word": "mine", "ids": []}), (ECHO, {"word": "\0", "ids": []}))
    with registration_db.reading() as session:  # on the same connection
        assert hot.rows(session, ECHO, {"word": "yours", "ids": []}) == [("yours%", [])]


def test_more_than_the_system_takes_at_once_is_sent_whole(registration_db: Database) -> None:
    weigh = sa.text("SELECT length(:word), :word")
    words = ["é" * 3_000_000, "a" * 3_000_000]
    with registration_db.reading() as session:
        hot.later(session, weigh, {"word": words[0]})
        assert hot.rows(session, weigh, {"word": words[1]}) == [(3_000_000, words[1])]


def test_who_listens_to_the_engine_hears_them(registration_db: Database) -> None:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    sa.event.listen(registration_db.engine, "before_cursor_execute", hear)
    try:
        with registration_db.reading() as session:
            hot.rows(session, COUNT, {})
    finally:
        sa.event.remove(registration_db.engine, "before_cursor_execute", hear)
    assert heard == ["SELECT count(*) FROM outbox_sequences"]
