"""What the database layer promises to every service."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shared.db import Database


def test_an_error_never_repeats_what_people_typed(registration_db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as problem, registration_db.transaction() as session:
        session.execute(sa.text("SELECT 1 / 0, CAST(:typed AS text)"), {"typed": "a private matter"})
    assert "division by zero" in str(problem.value)
    assert "a private matter" not in str(problem.value)


def test_a_connection_that_the_server_dropped_is_replaced(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backend() -> int | None:
        with registration_db.reading() as session:
            return session.scalar(sa.text("SELECT pg_backend_pid()"))

    monkeypatch.setattr("shared.db.IDLE", 0.0)
    with registration_db.transaction() as session:
        session.connection()
        before = backend()
        assert backend() == before
        session.execute(sa.text("SELECT pg_terminate_backend(:one, 5000)"), {"one": before})
        assert backend() != before


def test_what_the_address_of_the_database_asks_for_is_kept(registration_db: Database) -> None:
    address = sa.make_url(registration_db.url).update_query_dict({"options": "-c statement_timeout=4321"})
    db = Database(address.render_as_string(hide_password=False), pool_size=1)
    try:
        with db.reading() as session:
            said = [session.scalar(sa.text(f"SHOW {name}")) for name in ("statement_timeout", "jit")]
    finally:
        db.dispose()
    assert said == ["4321ms", "off"]
