"""An appointment is noted on a structure's page, waits on Monday's, and is done."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.use_cases import structures, support
from services.registration.use_cases.support import Draft
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_support import DAY, TODAY
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session, capacity=20)
        lac = structures.settle(session, "Les Amis du Lac", "association", NOW)
        assert lac
        late = Draft(
            TODAY - 20 * DAY, "visit", "Camille Roux", "Awa Diop", "", "L’eau à Mahajanga", "Le partenaire\nest prêt."
        )
        late = Draft(**(late.__dict__ | {"next_step": "Demander la lettre de la commune", "next_on": TODAY - 2 * DAY}))
        support.note(session, lac, late, NOW, who="camille")
    return str(serve(registration_app))


@pytest.mark.parametrize("viewport", ["phone"])
def test_an_appointment_is_noted_waits_on_monday_and_is_done(page: Any, site: str, sign_in: Any) -> None:
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/annee/")
    page.get_by_role("link", name="Les Amis du Lac").click()
    page.get_by_role("link", name="Noter un rendez-vous").click()
    page.get_by_label("Ce qui a été dit").fill("Le budget est à revoir.")
    page.get_by_label("La suite").fill("Relire le budget")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("la liste du lundi le rappelle")
    expect(page.get_by_label("Ce qui a été dit")).to_have_value("Le budget est à revoir.")
    sound(page, "support-form")
    page.get_by_label("Pour le").fill((TODAY + 3 * DAY).isoformat())
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Le rendez-vous est noté.")).to_be_visible()
    sound(page, "support-structure")
    page.goto(f"{site}/equipe/annee/")
    expect(page.get_by_role("heading", name="À relancer")).to_be_visible()
    sound(page, "support-year")
    page.goto(f"{site}/equipe/accompagnement/")
    sound(page, "support")
    page.get_by_role("button", name="C’est fait").first.click()
    expect(page.get_by_text("il quitte la liste")).to_be_visible()
    expect(page.get_by_role("button", name="C’est fait")).to_have_count(1)
    page.goto(f"{site}/equipe/bilan/")
    expect(page.locator(".figure", has_text="structure accompagnée").locator("b")).to_have_text("1")
    sound(page, "support-report")
