"""The staff on the telephone, in a real browser: register somebody, correct what was misheard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_somebody_is_registered_by_telephone_and_corrected(
    page: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session, workshops=[[5, 5]])
    site = str(serve(registration_app))
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/inscriptions")
    page.get_by_role("link", name="Inscrire une personne").click()
    page.get_by_label("Prénom").fill("Soa")
    page.get_by_label("Nom", exact=True).fill("Rakoto")
    page.get_by_label("Type d’acteur").select_option("association")
    page.get_by_label("Département").select_option("31")
    page.locator("input[name=meal][value=true]").check()
    page.get_by_label("Atelier 0.1").check()
    expect(page.get_by_text("liste remise aux participants")).to_be_hidden()
    sound(page)
    page.get_by_role("button", name="Inscrire", exact=True).click()
    expect(page.get_by_role("heading", name="Soa Rakoto")).to_be_visible()
    expect(page.get_by_text("Inscription notée par l’équipe")).to_be_visible()

    page.get_by_role("link", name="Corriger l’inscription").click()
    page.get_by_label("Nom", exact=True).fill("Rakotondrainibé")
    page.get_by_label("Adresse électronique").fill("soa@example.org")
    page.get_by_role("button", name="Voir ce qui change").click()
    expect(page.get_by_label("Le dire à la personne par courriel")).to_be_checked()
    sound(page)
    page.get_by_role("button", name="Corriger").click()
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Rakotondrainibé")
    page.get_by_role("button", name="Voir ce qui change").click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Soa Rakotondrainibé")).to_be_visible()
    expect(page.get_by_text("Réponses modifiées : Adresse électronique, Nom")).to_be_visible()
    sound(page)
