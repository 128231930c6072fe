"""A letter in a real browser, on a phone: written by one, seen as a reader, approved and sent by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import contacts
from services.mailer.models.contacts import ECHO
from shared import clock
from shared.db import Database
from tests.soundness import faults, fits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXT = "La réunion des porteurs se tient jeudi à Rodez. Le programme : https://exemple.fr/programme . À jeudi ! " * 2


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_letter_is_written_by_one_and_sent_by_another(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    viewport: str,
) -> None:
    with mailer_db.transaction() as session:
        person = contacts.Person("zoe@asso.example", "Zoé", "Dupont")
        contacts.subscribe(session, person, ECHO, "test", "oui", "1", clock.now())
    site = serve(mailer_app)
    context = new_context(bypass_csp=True)
    sign_in(context, "editor", email="camille.roux@agora.example")
    page = context.new_page()
    page.goto(f"{site}/lettres/nouvelle")
    page.get_by_text("L’Écho du Réseau (1)").click()
    page.get_by_label("Titre").fill("Jeudi à Rodez")
    page.get_by_label("Texte").fill(TEXT)
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_label("Le voir comme").fill("dupont")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Zoé Dupont").click()
    page.get_by_text("Tel que zoe@asso.example").wait_for()
    leaving = page.frame_locator("iframe.phone").get_by_role("link", name="Me désabonner")
    assert "/unsubscribe/" in str(leaving.get_attribute("href"))
    assert faults(page) == []
    fits(page)

    sign_in(context, "editor", email="sacha.blanc@agora.example")
    page.reload()
    page.get_by_role("button", name="Envoyer à 1 personne").click()
    page.get_by_text("remis sur 1").wait_for()
    page.go_back()
    page.reload()
    page.get_by_role("link", name="Chiffres").click()
    page.get_by_role("heading", name="Chiffres de la lettre").wait_for()
    fits(page)
