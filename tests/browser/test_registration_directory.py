"""The directory: a page is filled in, found by a place and narrowed on the map; the public sees who agreed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.use_cases import directory, structures
from services.registration.use_cases.directory import Draft
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILLED = [
    ("Commune de Foix", "authority", Draft(["MG"], ["Mahajanga"], ["6"], 2014, "rapport 2015", "09")),
    ("Département du Lot", "authority", Draft(["MG"], ["Analamanga"], ["4", "6"], 2009, "", "46")),
    ("Les Amis du Sahel", "association", Draft(["SN"], [], ["6"], 2011, "", "31", phone="05 61 00 00 00")),
    ("Lycée du Lac", "education", Draft(["MG"], ["Mahajanga"], ["4"], None, "appel de mars", "31")),
]


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        for name, kind, draft in FILLED:
            made = structures.settle(session, name, kind, NOW)
            assert made
            directory.write(session, made, draft, NOW, who="camille")
    return str(serve(registration_app))


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_page_is_filled_in_and_found_by_place_then_on_the_map(page: Any, site: str, sign_in: Any) -> None:
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/annuaire/")
    expect(page.get_by_role("heading", name="4 structures")).to_be_visible()
    sound(page, "directory")
    page.get_by_label("Qui agit où").fill("mahajanga")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator(".rows b")).to_have_text(["Commune de Foix", "Lycée du Lac"])
    page.get_by_role("link", name="Haute-Garonne").click()
    expect(page.locator(".rows b")).to_have_text(["Lycée du Lac"])
    sound(page, "directory-found")
    page.get_by_role("link", name="Noter qui joindre").click()
    page.get_by_label("Site").fill("lycee")
    page.get_by_label("D’accord pour l’annuaire public").fill("2016-10-01")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Communes, régions")).to_have_value("Mahajanga")
    page.get_by_label("Site").fill("https://lycee.example")
    sound(page, "directory-page")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("La fiche de l’annuaire est enregistrée.")).to_be_visible()
    sound(page, "directory-structure")
    page.goto(f"{site}/annuaire/?q=mah")
    expect(page.locator(".rows b")).to_have_text(["Lycée du Lac"])
    sound(page, "directory-public")
    page.get_by_label("Qui agit où").fill("mahajunga")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=re.compile("Chercher « mahajanga »".replace(" ", r"\s"))).click()
    expect(page.locator(".rows b")).to_have_text(["Lycée du Lac"])
