"""What the database layer promises to every service."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
import sqlalchemy as sa

from services.jury.models import Call
from services.registration.models import Structure
from shared import clock, hot
from shared.db import Database
from tests.jury_dossiers import open_call


def test_an_error_never_repeats_what_people_typed(registration_db: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as problem, registration_db.transaction() as session:
        session.execute(sa.text("SELECT 1 / 0, CAST(:typed AS text)"), {"typed": "a private matter"})
    assert "division by zero" in str(problem.value)
    assert "a private matter" not in str(problem.value)


@pytest.mark.parametrize("name", ["", "Réseau"])
def test_an_error_never_repeats_the_row_that_a_constraint_refuses(jury_db: Database, name: str) -> None:
    columns = "since, name, legal_form, address, email"
    row = sa.text(f"INSERT INTO identities ({columns}) VALUES ('2016-10-14', :name, '', '', :email)")
    with pytest.raises(sa.exc.IntegrityError) as problem, jury_db.transaction() as session:
        for _twice in range(2):
            session.execute(row, {"name": name, "email": "zoe@asso.example"})
    said = f"{problem.value} {problem.value.orig!r}"
    assert "violates" in said
    assert not [one for one in ("zoe@", "(2016-10-14)") if one in said]


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


def test_a_connection_goes_back_without_the_transaction_that_it_was_left_in(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        session.connection()  # so that the pool gives another one, the same each time
        left = registration_db.engine.raw_connection()
        driver: Any = left.driver_connection
        left.cursor().execute("SELECT pg_advisory_xact_lock(649)")
        left.close()
        assert driver.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        again = registration_db.engine.raw_connection()
        assert again.driver_connection is driver
        again.close()


def test_a_connection_without_a_transaction_goes_back_as_it_is(
    registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg.Connection, "rollback", rolled_back := Mock())
    with registration_db.reading() as session:
        assert hot.rows(session, sa.text("SELECT 1"), {}) == [(1,)]
    rolled_back.assert_not_called()


def test_what_was_read_belongs_to_no_session_afterwards(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        session.add(Structure(name="Eau 31", name_key="eau 31", made_at=clock.now()))
    with registration_db.reading() as session:
        found = session.scalars(sa.select(Structure)).one()
    assert sa.inspect(found).detached


def test_what_the_address_of_the_database_asks_for_is_kept(registration_db: Database) -> None:
    address = sa.make_url(registration_db.url).update_query_dict({"options": "-c statement_timeout=4321"})
    db = Database(address.render_as_string(hide_password=False), pool_size=1)
    try:
        with db.reading() as session:
            said = [session.scalar(sa.text(f"SHOW {name}")) for name in ("statement_timeout", "jit")]
    finally:
        db.dispose()
    assert said == ["4321ms", "off"]


@pytest.mark.parametrize("way", ["get", "select", "share"])
def test_what_was_read_before_a_lock_is_read_again_under_it(jury_db: Database, way: str) -> None:
    call_id = open_call(jury_db)
    with jury_db.transaction() as session:
        call = session.get_one(Call, call_id)
        call.organiser_name = "Réseau d’ici"  # ours, and not written yet
        with jury_db.transaction() as other:
            other.execute(sa.update(Call).values(title="Nouveau titre"))
        assert session.get_one(Call, call_id).title != "Nouveau titre"
        if way == "select":
            session.scalars(sa.select(Call).with_for_update()).one()
        else:
            session.get_one(Call, call_id, with_for_update={"read": way == "share"})
        assert (call.title, call.organiser_name) == ("Nouveau titre", "Réseau d’ici")
