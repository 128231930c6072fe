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
