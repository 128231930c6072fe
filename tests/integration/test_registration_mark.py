"""The mark by which a process knows again the event that it keeps."""

from __future__ import annotations

import sqlalchemy as sa

from services.registration.queries.public import mark
from shared.db import Database, new_id


def test_no_event_gets_the_mark_that_another_had(registration_db: Database) -> None:
    """Two events of one transaction; one is changed, and VACUUM FULL moves the other to where it was."""
    one, other = new_id(), new_id()
    with registration_db.transaction() as session:
        session.execute(sa.text("CREATE TABLE copies AS SELECT * FROM events WITH NO DATA"))
        session.execute(sa.text("INSERT INTO copies (id) VALUES (:one), (:other)"), {"one": one, "other": other})
    before = _marks(registration_db)
    with registration_db.transaction() as session:
        session.execute(sa.text("UPDATE copies SET title = 'new' WHERE id = :one"), {"one": one})
    with registration_db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM FULL copies"))
    after = _marks(registration_db)
    with registration_db.transaction() as session:
        session.execute(sa.text("DROP TABLE copies"))
    assert after[other] != before[one]


def _marks(db: Database) -> dict[object, str]:
    with db.reading() as session:
        return {row[0]: row[1] for row in session.execute(sa.text(f"SELECT id, {mark('copies')} FROM copies"))}
