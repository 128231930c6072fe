"""The year's page: own events and assemblies, calls and issues that the others told, in the words of a Monday."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.registration.handlers import handlers
from services.registration.models.assembly import Assembly
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from shared.messaging.handlers import Event
from tests.integration.registration_people import an_event

MONDAY = dt.datetime(2016, 10, 3, 8, tzinfo=PARIS)
YEAR = "/equipe/annee/"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY)


@pytest.fixture
def told(registration_db: Database) -> Callable[..., None]:
    """Another service tells a fact; each call is the next of its thing."""
    count = iter(range(1, 100))

    def tell(type: str, thing: uuid.UUID, **data: Any) -> None:
        source = "/" + type.partition(".")[0]
        fact = Event(
            id=uuid.uuid4(), source=source, type=type, thing=str(thing), time=MONDAY, sequence=next(count), data=data
        )
        handler = handlers.find(type)
        assert handler
        with registration_db.transaction() as session:
            handler(session, fact)

    return tell


def planned(told: Callable[..., None], issue: uuid.UUID, *, on: dt.date, until: dt.datetime | None = None) -> None:
    told(
        "mailer.issue.planned.v1",
        issue,
        issue_id=issue,
        number=34,
        title="L’Écho no 34",
        planned_on=on,
        contributions_until=until,
    )


def words_of(page: str) -> str:
    """What is read on the page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page[page.index("<main") :])).replace("\u202f", " ")


def test_the_week_shows_events_assemblies_calls_and_issues(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None]
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
        event.closes_at = dt.datetime(2016, 10, 5, 18, tzinfo=PARIS)
        session.add(
            Assembly(
                title="Assemblée 2016",
                held_at=dt.datetime(2016, 10, 22, 10, tzinfo=PARIS),
                place="Toulouse",
                organiser_name="Le réseau",
                organiser_email="reseau@agora.example",
                statutes={"notice_days": 15},
            )
        )
    call, issue = uuid.uuid4(), uuid.uuid4()
    closing = dt.datetime(2016, 10, 6, 23, 59, tzinfo=PARIS)
    told(
        "jury.call.opened.v1", call, title="Appel Climat", url="https://agora.example/jury/appels/1", closes_at=closing
    )
    planned(told, issue, on=dt.date(2016, 10, 17), until=dt.datetime(2016, 10, 9, 23, 59, 59, tzinfo=PARIS))
    sign_in(registration_client, "staff")
    page = registration_client.get(YEAR).text
    week = words_of(page).partition("La semaine prochaine")[0]
    for line in (
        "mercredi 5 octobre, 18 h Journée d’essai · clôture des inscriptions",
        "jeudi 6 octobre, 23 h 59 Appel Climat · clôture de l’appel",
        "vendredi 7 octobre Assemblée 2016 brouillon · dernier jour pour convoquer",
        "dimanche 9 octobre, 23 h 59 L’Écho no 34 prévu · fin des contributions",
    ):
        assert line in week, week
    assert "lundi 17 octobre L’Écho no 34 prévu · parution prévue" in words_of(page)
    assert 'href="https://agora.example/jury/appels/1"' in page
    assert "En retard" not in page


def test_what_had_its_day_and_is_not_done_is_said_until_it_is(
    registration_client: Any, sign_in: Any, told: Callable[..., None]
) -> None:
    call, issue = uuid.uuid4(), uuid.uuid4()
    told("jury.call.opened.v1", call, title="Appel Climat", url="https://agora.example/1", closes_at=MONDAY - 40 * DAY)
    planned(told, issue, on=(MONDAY - DAY).date())
    sign_in(registration_client, "staff")
    page = words_of(registration_client.get(YEAR).text)
    assert "Appel Climat : clos, le procès-verbal du jury n’est pas signé" in page
    assert "L’Écho no 34 prévu : la parution était prévue ce jour-là" in page
    told("jury.minutes.signed.v1", uuid.uuid4(), call_id=call, call_title="Appel Climat")
    told(
        "mailer.issue.published.v1",
        issue,
        number=34,
        title="L’Écho no 34",
        url="https://agora.example/echo/34",
        published_at=MONDAY,
    )
    page = words_of(registration_client.get(YEAR).text)
    assert "En retard" not in page
    assert "lundi 3 octobre L’Écho no 34 · parution" in page


def test_an_issue_that_is_only_planned_is_no_news_for_the_public(
    registration_client: Any, told: Callable[..., None]
) -> None:
    issue = uuid.uuid4()
    planned(told, issue, on=dt.date(2016, 10, 17))
    assert "L’Écho no 34" not in registration_client.get("/").text
    told(
        "mailer.issue.published.v1",
        issue,
        number=34,
        title="L’Écho no 34",
        url="https://agora.example/echo/34",
        published_at=MONDAY,
    )
    home = registration_client.get("/").text
    assert "https://agora.example/echo/34" in home
    assert '/abonnement">' in home


@pytest.mark.parametrize("asked", ["", "2016", "0000", "9999", "١٩٩٩", "x", "20160"])
def test_any_year_can_be_asked_for(asked: str, registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "auditor")
    assert registration_client.get(YEAR, query_string={"annee": asked}).status_code == 200


def test_neither_the_desk_nor_the_public_see_it(registration_client: Any, sign_in: Any) -> None:
    assert registration_client.get(YEAR).status_code in (302, 303)
    sign_in(registration_client, "desk")
    assert registration_client.get(YEAR).status_code == 403
