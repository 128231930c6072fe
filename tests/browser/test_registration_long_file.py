"""A long file of people: the page follows the worker, and becomes the report by itself."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services.registration import chores
from services.registration.use_cases import importing
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_page_follows_the_worker_to_the_report(
    page: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    settings_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(importing, "SHORT", 0)
    with registration_db.transaction() as session:
        an_event(session, capacity=1)
    site = serve(registration_app)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/inscriptions/fichier")
    rows = b"Nom;Pr\xe9nom;Courriel\nRakoto;Soa;soa@example.org\nRabe;Bao;bao@example.org"
    page.set_input_files("input[type=file]", {"name": "liste.csv", "mimeType": "text/csv", "buffer": rows})
    page.get_by_role("button", name="Voir ce que cela donne").click()
    page.get_by_role("button", name="Inscrire 2 personnes").click()
    page.get_by_text("/ 2 personnes inscrites").first.wait_for()
    sound(page, "registration-file-underway")
    chores.register_confirmed(registration_db, settings_of("registration", registration_db.url), threading.Event())
    page.get_by_role("heading", name="2 personnes inscrites").wait_for()
