"""An event that changes, in a real browser: differences, who is told, time-table; on a phone and at a desk."""

from __future__ import annotations

from typing import Any

import pytest

from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from tests.browser.test_registration_events import sound
from tests.integration.registration_people import NOW, SITE, an_event, answers

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_another_place_another_speaker_and_who_is_told(
    page: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=1, workshops=[[5, 5], [8]])
    for number in range(2):
        with registration_db.transaction() as session:
            registering.register(session, event.id, answers(number), NOW, site=SITE)
    site = str(serve(registration_app))
    page.goto(site)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/modifier")
    page.get_by_label("Lieu", exact=True).fill("Maison des associations, Albi")
    page.get_by_label("Places").fill("2")
    page.get_by_text("Plusieurs lieux").click()
    page.get_by_label("Nom du lieu").fill("Antenne de Montpellier")
    page.get_by_text("Avec d’autres : coorganisation").click()
    page.get_by_label("Son nom").fill("Collectif de la solidarité")
    sound(page, "registration-event-edit")
    page.get_by_role("button", name="Voir ce qui change").click()
    page.get_by_text("1 personne qui attend aura une place aussitôt").wait_for()
    sound(page, "registration-event-differences")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("2 personnes sont prévenues par courriel.").wait_for()
    page.goto(f"{site}/equipe/evenements/agora-2016/programme/moment/nouveau")
    page.get_by_label("Titre", exact=True).fill("Ouverture")
    page.get_by_label("Début").fill("9:30")
    page.get_by_label("Fin").fill("10:30")
    page.get_by_label("Salle").fill("Salle 0")
    page.get_by_label("Nom", exact=True).first.fill("Awa Diop")
    page.get_by_label("À quel titre").first.fill("présidente du réseau")
    page.get_by_label("Minutes").first.fill("20")
    sound(page, "registration-programme-line")
    page.get_by_role("button", name="Ajouter").click()
    page.get_by_text("en même temps").first.wait_for()
    sound(page, "registration-programme")
    page.set_viewport_size({"width": 1440, "height": 900})
    sound(page, "registration-programme")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/e/agora-2016")
    page.get_by_text("Awa Diop, présidente du réseau").wait_for()
    sound(page, "registration-event-two-sites")
    page.get_by_role("link", name="Voir la grille").click()
    page.locator("td.used[data-label='Salle 0']").first.wait_for()  # on a phone each moment names its room
    sound(page, "registration-timetable")
