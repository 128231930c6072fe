"""One structure under two names: proposed while typing, found, merged, taken apart, its college dated."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.use_cases import registering, structures
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two people of « Eau Vive », two of the same written otherwise, one of a town."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    names = ["Eau Vive", "Eau Vive", "Association Eau Vive", "Association Eau Vive", "Ville d’Albi"]
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        for number, name in enumerate(names):
            registering.register(session, event.id, answers(number, structure=name), NOW, site=SITE)
        structures.settle_new(session, NOW)
    return str(serve(registration_app))


def test_a_name_is_proposed_to_who_registers(new_context: Any, site: str) -> None:
    page = new_context(viewport="phone").new_page()
    page.goto(f"{site}/e/agora-2016/inscription")
    page.get_by_label("Structure", exact=False).first.press_sequentially("eau v")
    page.get_by_role("button", name="Eau Vive", exact=True).click()
    assert page.get_by_label("Structure", exact=False).first.input_value() == "Eau Vive"


@pytest.mark.parametrize("viewport", ["phone"])
def test_two_names_become_one_and_are_taken_apart(page: Any, site: str, sign_in: Any) -> None:
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/structures/")
    expect(page.get_by_role("heading", name="Peut-être les mêmes")).to_be_visible()
    sound(page, "structures")
    page.get_by_label("Chercher").fill("albi")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Ville d’Albi"])
    page.goto(f"{site}/equipe/structures/")
    page.get_by_role("link", name="Voir ce que réunir").click()
    expect(page.get_by_text("2 inscriptions passeront sous")).to_be_visible()
    page.locator("summary", has_text="Lesquelles").click()
    expect(page.get_by_role("listitem").filter(has_text="Journée d’essai")).to_have_count(2)
    sound(page, "structures-merge")
    page.get_by_role("button", name="Réunir", exact=True).click()
    expect(page.get_by_text("Réunies : 2 inscriptions ont changé de structure.")).to_be_visible()
    expect(page.locator(".figure", has_text="personnes inscrites").locator("b")).to_have_text("4")
    sound(page, "structures-merged")
    page.get_by_role("button", name="Défaire").click()
    expect(page.get_by_text("C’est défait")).to_be_visible()
    expect(page.locator(".figure", has_text="personnes inscrites").locator("b")).to_have_text("2")


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_college_changes_from_a_day_on_and_a_wrong_day_is_said_beside_it(page: Any, site: str, sign_in: Any) -> None:
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/structures/?q=albi")
    page.get_by_role("link", name="Ville d’Albi").click()
    page.locator("summary", has_text="Changer de type").click()
    page.get_by_label("Type d’acteur").select_option("authority")
    page.get_by_label("À partir du").fill("2016-09-01")
    page.get_by_role("button", name="Enregistrer le type").click()
    expect(page.get_by_role("alert")).to_contain_text("l’historique ne se réécrit pas")
    expect(page.get_by_label("À partir du")).to_have_value("2016-09-01")
    sound(page, "structures-refused")
    page.get_by_label("À partir du").fill("2016-10-04")
    page.get_by_role("button", name="Enregistrer le type").click()
    expect(page.get_by_text("le type d’avant reste")).to_be_visible()
    history = page.get_by_role("heading", name="Type d’acteur et collège").locator("xpath=following-sibling::ol[1]")
    expect(history).to_contain_text("Collectivité territoriale · Acteurs publics")
    expect(history).to_contain_text("du 3 octobre 2016 au 4 octobre 2016")
    sound(page, "structures-college")
