"""A new event by someone who never saw the product, in a real browser, at two widths."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared import clock
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_from_a_template_to_a_public_page(
    page: Any, registration_app: Any, serve: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    site = str(serve(registration_app))
    page.goto(site)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/")
    page.get_by_role("link", name="Nouvel évènement").first.click()
    page.get_by_role("heading", name="Formation").wait_for()
    sound(page, "registration-new-event")
    page.get_by_role("link", name="Journée d’ateliers").click()
    page.get_by_label("Titre", exact=True).fill("L’eau en partage")
    page.get_by_label("Date", exact=True).fill("vendredi 12 novembre 2016")
    page.get_by_label("Lieu", exact=True).fill("Maison des associations, Albi")
    page.get_by_role("button", name="Créer et relire").click()
    page.get_by_role("alert").get_by_text("Le 12 novembre 2016 est un samedi, pas un vendredi.").wait_for()
    sound(page, "registration-new-event-weekday")
    page.get_by_label("Date", exact=True).fill("samedi 12 novembre 2016")
    page.get_by_role("button", name="Créer et relire").click()
    page.get_by_role("link", name="Relire la page").click()
    page.get_by_text("Brouillon").wait_for()
    sound(page, "registration-draft")
    page.get_by_role("button", name="Publier").click()
    page.get_by_text("sa page est ouverte à tout le monde").wait_for()
    assert page.get_by_label("L’adresse à diffuser").input_value() == f"{site}/e/l-eau-en-partage-2016"
    page.get_by_role("button", name="Copier l’adresse").click()
    page.get_by_role("status").get_by_text(re.compile("Copiée|sélectionnée")).wait_for()
    sound(page, "registration-event-staff")
