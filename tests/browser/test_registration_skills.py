"""Lent skills in a browser: an offer is noted, proposed to the project it suits, agreed and done."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.use_cases import skills, structures
from shared import clock
from shared.db import Database, new_id
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LACKING = [
    ("De l’eau à Battambang", "Un hydrogéologue pour placer les forages", ["6"], "KH", 3),
    ("Une école à Thiès", "Quelqu’un qui forme à la comptabilité", ["4"], "SN", None),
]


@pytest.mark.parametrize("viewport", ["phone"])
def test_an_offer_meets_the_project_it_suits(
    page: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        company = structures.settle(session, "Eaux du Sud", "company", NOW)
        for title, lacks, goals, place, days in LACKING:
            need = {"skills": lacks, "goals": goals, "place": place, "days": days}
            data = {
                "application_id": new_id(),
                "structure": "Lo Camin",
                "project_title": title,
                "call_title": "Appel 2017",
            }
            skills.note_need(session, data | {"need": need}, NOW)
    site = str(serve(registration_app))
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/structures/{company}")
    page.get_by_role("link", name="Noter des compétences à prêter").click()
    page.get_by_label("Lesquelles").fill("Hydrogéologie, implantation de forages")
    page.get_by_label("Combien de jours").fill("5")
    page.get_by_label("6. Eau propre").check()
    page.get_by_label("Cambodge").check()
    sound(page, "skill-offer")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("5 jours libres sur 5")).to_be_visible()
    sound(page, "skills")
    page.get_by_role("button", name="Noter l’accord").click()
    expect(page.get_by_text("2 jours libres sur 5")).to_be_visible()
    page.get_by_label("Jours faits pour De l’eau à Battambang").fill("2")
    page.get_by_role("button", name="Noter les jours faits").click()
    expect(page.get_by_text("3 jours convenus, 2 faits")).to_be_visible()
    sound(page, "skills-agreed")
