"""The watch: calls of others, each in an issue only while its readers can still answer."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import issues, opportunities
from services.mailer.models.arrivals import OpenCall
from services.mailer.models.issues import Item
from services.mailer.models.opportunities import Opportunity
from shared import clock
from shared.db import Database, new_id
from shared.errors import RuleError

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
APPEARS = dt.date(2016, 10, 17)
TYPED = {"title": "Eau et assainissement", "funder": "Agence de l’eau", "about": "Des puits et des latrines.",
         "eligibility": "Associations de plus de deux ans", "amount": "jusqu’à 15 000 euros",
         "link": "https://eau.example/appel", "closes_on": "2016-11-30"}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def issue(mailer_db: Database) -> uuid.UUID:
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": APPEARS}
        return issues.create(session, head, who=WHO, now=NOW)


def note(db: Database, closes_on: dt.date | None = dt.date(2016, 11, 30), **changes: Any) -> uuid.UUID:
    with db.transaction() as session:
        return opportunities.save(session, None, TYPED | {"closes_on": closes_on} | changes, who=WHO, now=NOW).id


def put(db: Database, opportunity: uuid.UUID, issue: uuid.UUID, now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        opportunities.put_into(session, opportunity, issue, who=WHO, now=now)


def test_a_call_of_the_watch_becomes_an_item_of_the_next_issue(
    mailer_client: Any, mailer_db: Database, issue: uuid.UUID, sign_in: Any
) -> None:
    sign_in(mailer_client, "editor", email=WHO)
    assert mailer_client.post("/veille/nouvelle", data=TYPED).status_code == 303
    with mailer_db.reading() as session:
        noted = session.scalars(sa.select(Opportunity)).one().id
    assert "Mettre dans le nº 34" in mailer_client.get("/veille/").text
    assert "Eau et assainissement" in mailer_client.get(f"/numeros/{issue}").text
    assert mailer_client.post(f"/veille/{noted}/numeros/{issue}").status_code == 303
    with mailer_db.reading() as session:
        item = session.scalars(sa.select(Item)).one()
    assert (item.section, item.structure, item.expires_on) == ("calls", "Agence de l’eau", dt.date(2016, 11, 30))
    assert "Qui peut répondre" in item.text
    assert "15 000" in item.text
    page = mailer_client.get("/veille/").text
    assert "nº 34" in page
    assert "Mettre dans le nº 34" not in page


@pytest.mark.parametrize(
    ("closes_on", "taken"),
    [(APPEARS, True), (APPEARS - dt.timedelta(days=1), False), (None, True)],
    ids=["the day it appears", "the day before", "never"],
)
def test_an_expired_call_never_goes_into_an_issue(
    mailer_db: Database, issue: uuid.UUID, closes_on: dt.date | None, taken: bool
) -> None:
    noted = note(mailer_db, closes_on)
    if taken:
        put(mailer_db, noted, issue)
        return
    with pytest.raises(RuleError, match="paraîtra trop tard"):
        put(mailer_db, noted, issue)
    with mailer_db.reading() as session:
        assert opportunities.proposed(session, issues.get(session, issue), NOW) == []
        (shown,) = opportunities.watch(session, NOW).open
    assert shown.issue is None


def test_an_issue_that_is_late_takes_no_call_that_closed_meanwhile(mailer_db: Database, issue: uuid.UUID) -> None:
    noted = note(mailer_db, dt.date(2016, 10, 20))
    with pytest.raises(RuleError, match="paraîtra trop tard"):
        put(mailer_db, noted, issue, now=NOW + dt.timedelta(days=11))


def test_an_issue_tells_of_a_call_once(mailer_db: Database, issue: uuid.UUID) -> None:
    noted = note(mailer_db)
    put(mailer_db, noted, issue)
    with pytest.raises(RuleError, match="déjà dans le nº 34"):
        put(mailer_db, noted, issue)
    with mailer_db.transaction() as session:
        (item,) = issues.get(session, issue).items
        issues.remove_item(session, issue, item.id, who=WHO, now=NOW)
    put(mailer_db, noted, issue)


def test_the_longest_words_fit_an_item(mailer_db: Database, issue: uuid.UUID) -> None:
    long = {"title": "é" * 80, "funder": "é" * 200, "about": "é" * 320, "eligibility": "é" * 160, "amount": "é" * 60}
    put(mailer_db, note(mailer_db, **long), issue)


def test_what_was_typed_stays_when_it_is_refused(mailer_client: Any, mailer_db: Database, sign_in: Any) -> None:
    sign_in(mailer_client, "editor", email=WHO)
    for wrong in ({"link": "javascript:alert(1)"}, {"eligibility": "x" * 161}, {"closes_on": "31/02/2016"}):
        answer = mailer_client.post("/veille/nouvelle", data=TYPED | wrong)
        assert answer.status_code == 422
        assert "Des puits et des latrines." in answer.text
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Opportunity)).all() == []


def test_everybody_reads_what_is_open_and_nothing_else(mailer_client: Any, mailer_db: Database) -> None:
    note(mailer_db, dt.date(2016, 10, 10), title="Dernier jour aujourd’hui")
    note(mailer_db, dt.date(2016, 10, 9), title="Fini hier")
    note(mailer_db, None, title="Toute l’année & <toujours>")
    retired = note(mailer_db, title="Retiré")
    with mailer_db.transaction() as session:
        opportunities.retire(session, retired, who=WHO, now=NOW)
        session.add(OpenCall(call_id=new_id(), title="Appel 2017", url="https://jury.example/appels/1", sequence=1,
                             closes_at=dt.datetime(2016, 11, 1, tzinfo=dt.UTC)))  # fmt: skip
    with mailer_db.reading() as session:
        titles = [one.title for one in opportunities.offers(session, NOW)]
    assert titles == ["Dernier jour aujourd’hui", "Appel 2017", "Toute l’année & <toujours>"]
    for path in ("/echo/appels/", "/echo/appels/flux.xml"):
        page = mailer_client.get(path).text
        assert "Appel 2017" in page
        assert "Fini hier" not in page
        assert "Retiré" not in page
        assert "&amp; &lt;toujours&gt;" in page
    calendar = mailer_client.get("/echo/appels/echeances.ics").text
    assert calendar.count("BEGIN:VEVENT") == 2
    assert "DTEND:20161010T215959Z" in calendar
