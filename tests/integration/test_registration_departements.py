"""Where people come from: any département of France, the region's first."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Registration
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_form import send


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        return an_event(session, capacity=2)


def test_who_comes_from_elsewhere_says_from_where(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    asked = registration_client.get("/e/agora-2016/inscription").text
    assert all(
        words in asked for words in ("Paris (75)", "Haute-Corse (2B)", "La Réunion (974)", "Ailleurs, autre pays")
    )
    assert asked.index("Tarn-et-Garonne (82)") < asked.index("Ain (01)")
    assert send(registration_client, department="2B").status_code == 303
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.department)).one() == "2B"


def test_another_network_has_its_own_region_first_and_no_map_of_occitanie(
    registration_app: Any, registration_client: Any, event: Event
) -> None:
    assert 'class="tiles"' in registration_client.get("/agenda/").text
    extensions = registration_app.extensions
    extensions["settings"] = dataclasses.replace(extensions["settings"], region="Bretagne")
    asked = registration_client.get("/e/agora-2016/inscription").text
    assert asked.index("Morbihan (56)") < asked.index("Ain (01)") < asked.index("Tarn-et-Garonne (82)")
    agenda = registration_client.get("/agenda/").text
    assert 'class="tiles"' not in agenda
    assert "Finistère" in agenda
    assert 'class="tiles"' not in registration_client.get("/annuaire/").text
