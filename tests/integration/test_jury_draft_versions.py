"""A draft's versions are thinned out after a day, and a page that was open all that time loses nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import ApplicationVersion
from services.jury.use_cases import applications, draft_versions
from shared.db import Database
from shared.errors import RuleError
from tests.jury_dossiers import open_call

NINE = dt.datetime(2016, 5, 2, 9, tzinfo=dt.UTC)
SITE = "https://agora.example"


@pytest.fixture
def token(jury_db: Database) -> str:
    call = open_call(jury_db)
    with jury_db.transaction() as session:
        who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example", "locale": "fr"}
        return applications.start(session, call, who, site=SITE, now=NINE)


Write = Callable[..., Any]


@pytest.fixture
def write(jury_db: Database, token: str) -> Write:
    """write(field=text, on=version, at=minutes after nine): saves the form as the page of that version would."""

    def saved(*, on: int, at: int, **typed: str) -> Any:
        with jury_db.transaction() as session:
            base = draft_versions.before(session, applications.open_link(session, token), on)
            whole = (dict(base.content) if base else {}) | typed
            done = applications.save(session, token, whole, on, now=NINE + dt.timedelta(minutes=at))
            return dict(done.application.content), done.left

    return saved


def versions(db: Database) -> list[int]:
    with db.reading() as session:
        return list(session.scalars(sa.select(ApplicationVersion.version).order_by(ApplicationVersion.version)))


def thin(db: Database, *, hours: float) -> int:
    with db.transaction() as session:
        return draft_versions.thin(session, NINE + dt.timedelta(hours=hours))


def test_all_stay_for_a_day_then_the_last_of_each_hour_and_the_draft_s_own(jury_db: Database, write: Write) -> None:
    for version, minutes in enumerate((1, 2, 3, 61, 62, 63), start=1):
        write(on=version, at=minutes, title=f"Titre {version}")
    assert versions(jury_db) == [1, 2, 3, 4, 5, 6, 7]
    assert thin(jury_db, hours=24) == 0
    assert thin(jury_db, hours=26) == 5
    assert versions(jury_db) == [4, 7]
    assert thin(jury_db, hours=26) == 0


def test_a_page_of_a_version_that_went_saves_what_was_typed_and_hides_nothing(jury_db: Database, write: Write) -> None:
    for version, minutes in enumerate((1, 2, 3), start=1):
        write(on=version, at=minutes, title=f"Titre {version}")
    write(on=4, at=70, title="Titre 4")
    write(on=5, at=71, summary="Un résumé.")
    thin(jury_db, hours=30)
    assert versions(jury_db) == [4, 6]
    content, left = write(on=5, at=1900, need="L’eau manque.")
    assert (content["title"], content["summary"], content["need"]) == ("Titre 4", "Un résumé.", "L’eau manque.")
    assert not left


def test_a_version_that_never_was_is_refused(jury_db: Database, token: str) -> None:
    with pytest.raises(RuleError, match="trop ancienne"), jury_db.transaction() as session:
        applications.save(session, token, {"title": "x"}, 9, now=NINE)
