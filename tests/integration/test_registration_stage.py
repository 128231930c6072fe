"""What a jury told of its running order is in the event's programme and on the plenary's screen."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from services.registration.models import ProgrammeItem, StageTurn
from services.registration.rules.dates import at
from shared import clock
from shared.db import Database, new_id
from tests.integration.registration_people import DAY, NOW, an_event


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def told(registration_db: Database) -> None:
    """An event with a welcome at nine and a lunch at noon, and two projects on its stage between them."""
    with registration_db.transaction() as session:
        event, jury = an_event(session, capacity=10), new_id()
        for hour, title in ((9, "Accueil"), (12, "Déjeuner")):
            when = at(DAY, dt.time(hour))
            session.add(ProgrammeItem(event_id=event.id, position=hour, starts_at=when, title=title))
        for number, (hour, title) in enumerate(((10, "Mil de Casamance"), (11, "<b>Eau</b>")), start=1):
            session.add(
                StageTurn(
                    round_id=jury,
                    project_id=new_id(),
                    event_id=event.id,
                    stage="Tribune 2016",
                    number=number,
                    title=title,
                    structure="Eau et Compagnie",
                    starts_at=at(DAY, dt.time(hour)),
                    ends_at=at(DAY, dt.time(hour, 10)),
                )
            )


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_public_programme_says_who_is_on_when(told: None, registration_client: Any) -> None:
    page = registration_client.get("/e/agora-2016").text
    found = texts(page)
    places = [found.index(word) for word in ("Accueil", "Tribune 2016", "Mil de Casamance", "Déjeuner")]
    assert places == sorted(places)
    assert "&lt;b&gt;Eau" in page


def test_so_does_the_screen_of_the_plenary(told: None, registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    found = texts(registration_client.get("/equipe/evenements/agora-2016/restitutions/ecran").text)
    assert "Tribune 2016" in found
    assert "Mil de Casamance, Eau et Compagnie" in found


def test_the_minutes_of_the_day_say_what_was_on_stage(told: None, registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    page = "/equipe/evenements/agora-2016/restitutions/compte-rendu"
    assert "Tribune 2016 Mil de Casamance, Eau et Compagnie" in texts(registration_client.get(page).text)
    plain = registration_client.get(f"{page}.md").text
    assert "## Tribune 2016\n\n1. Mil de Casamance, Eau et Compagnie\n2. <b>Eau</b>, Eau et Compagnie\n" in plain
