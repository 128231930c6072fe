"""One form, from the staff's builder to a participant's phone, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import FormAnswer
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILDER = "equipe/evenements/agora-2016/formulaire"


@pytest.mark.parametrize("viewport", ["desk"])
def test_a_question_is_built_published_and_answered(
    page: Any,
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session, capacity=20)
    site = str(serve(registration_app))
    page.goto(site)
    sign_in(page, "staff")

    page.goto(f"{site}/{BUILDER}")
    page.frame_locator("iframe").get_by_role("heading", name="S’inscrire").wait_for()
    sound(page, "formulaire-liste")
    page.get_by_role("button", name="Monter « Fonction »").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#up-function")
    expect(page.locator("#up-function")).to_be_focused()
    page.get_by_label("Ou la vôtre, en français").fill("Avez-vous besoin d’un hébergement ?")
    page.get_by_label("Type de réponse").select_option("choice")
    page.get_by_role("button", name="Créer la question").click()

    page.get_by_label("La question, en anglais").fill("Do you need a bed for the night?")
    page.get_by_text("Quand la poser").click()
    page.get_by_role("group", name="Covoiturage").get_by_label("Je cherche une place").check()
    expect(page.frame_locator("iframe").get_by_role("group", name="Avez-vous besoin")).to_be_in_viewport()
    refresh = page.get_by_role("button", name="Actualiser l’aperçu")
    refresh.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    refresh.click()
    seen = page.frame_locator("iframe")
    bed = seen.get_by_role("group", name="Avez-vous besoin d’un hébergement ?")
    expect(seen.get_by_role("group", name="Covoiturage")).to_be_in_viewport()  # on which the hidden one depends
    bed.wait_for(state="hidden")
    assert page.evaluate("scrollY") == before
    seen.get_by_label("Je cherche une place").check()
    bed.wait_for()
    sound(page, "formulaire-question")
    page.get_by_role("button", name="Enregistrer la question").click()
    page.get_by_role("link", name="Voir ce qui change, puis publier").click()
    sound(page, "formulaire-publier")
    page.get_by_role("button", name="Publier la version 2").click()
    page.get_by_text("La version 2 du formulaire est publiée.").wait_for()

    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{site}/e/agora-2016/inscription")
    seats = phone.get_by_label("Combien de places proposez-vous ?")
    bed = phone.get_by_role("group", name="Avez-vous besoin d’un hébergement ?")
    seats.wait_for(state="hidden")
    phone.get_by_label("Je propose des places").check()
    seats.fill("3")
    phone.get_by_label("Je cherche une place").check()
    bed.get_by_label("Oui").check()
    seats.wait_for(state="hidden")
    sound(phone, "formulaire-participant")
    phone.get_by_label("Prénom", exact=True).fill("Aïcha")
    phone.get_by_label("Nom", exact=True).fill("Bélières")
    phone.get_by_label("Adresse électronique").fill("aicha@example.org")
    phone.get_by_label("Type d’acteur").select_option("authority")
    phone.get_by_text(re.compile(r"^Mandat ou fonction \(facultatif\)$")).wait_for()
    phone.locator("#f-department").select_option("31")
    phone.get_by_role("group", name="Déjeunez-vous sur place ?").get_by_label("Non").check()
    phone.get_by_role("button", name="S’inscrire").click()
    phone.get_by_text("Votre place est certaine").wait_for()
    with registration_db.reading() as session:
        rows = session.scalars(sa.select(FormAnswer).order_by(FormAnswer.question)).all()
        assert [(row.label, row.said) for row in rows] == [
            ("Covoiturage", "Je cherche une place"),
            ("Avez-vous besoin d’un hébergement ?", "Oui"),
        ]
