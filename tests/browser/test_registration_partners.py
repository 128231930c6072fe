"""Who stands behind an event, the agenda with its map and the network's names, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.models import EventPartner
from shared import clock
from shared.db import Database
from tests.browser.test_registration_events import sound
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_partners import picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FUNDER = "Conseil régional d’Occitanie, direction des relations internationales et européennes"


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """An event with a funder of a long name, at two places, about three things; served."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=9)
        event.address, event.tags = "1 place de la Mairie, 31000 Toulouse", ["Eau", "Madagascar", "mobilité des jeunes"]
        event.partners = [
            EventPartner(position=0, name=FUNDER, role="funder", url="https://region.example"),
            EventPartner(position=1, name="CROSI", role="co_organiser"),
        ]
        an_event(session, capacity=2, slug="ailleurs").address = "34000 Montpellier"
    return str(serve(registration_app))


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_logo_is_handed_in_and_stands_beside_its_name(page: Any, site: str, sign_in: Any, viewport: str) -> None:
    page.goto(site)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/partenaires")
    row = page.locator("main li", has_text=FUNDER)
    row.get_by_text("Déposer un logo").click()
    logo = {"name": "logo.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    row.get_by_label("Image").set_input_files(logo)
    row.get_by_role("button", name="Mettre ce logo").click()
    expect(page.get_by_role("alert").get_by_role("link", name=FUNDER)).to_be_visible()
    sound(page, f"registration-partners-refused-{viewport}")
    row.get_by_label("Image").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": picture(size=(2400, 300))}
    )
    row.get_by_role("button", name="Mettre ce logo").click()
    expect(page.get_by_text("Changer le logo")).to_be_visible()
    sound(page, f"registration-partners-{viewport}")
    page.goto(f"{site}/e/agora-2016")
    expect(page.locator("img.logo")).to_have_count(1)
    sound(page, f"registration-event-partners-{viewport}")
    page.goto(f"{site}/equipe/bilan/?annee=2016")
    page.get_by_label("Rencontres organisées ou soutenues par").select_option(label=FUNDER)
    page.get_by_role("button", name="Compter").click()
    expect(page.locator("img.logo")).to_have_count(1)
    sound(page, f"registration-report-partner-{viewport}")


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_agenda_is_chosen_on_its_map(page: Any, site: str, viewport: str) -> None:
    page.goto(f"{site}/agenda/?lang=en")
    sound(page, f"registration-agenda-{viewport}")
    page.get_by_role("link", name="Haute-Garonne").click()
    expect(page.locator("#meetings")).to_contain_text("Haute-Garonne")
    expect(page.locator("main .rows > li")).to_have_count(1)
    page.locator("select[name=etiquette]").select_option("Eau")
    page.locator("main form button").click()
    expect(page.locator("#meetings")).to_contain_text("Haute-Garonne, Eau")
    sound(page, f"registration-agenda-chosen-{viewport}")
    page.goto(f"{site}/agenda/cadre?departement=34")
    expect(page.locator("main li")).to_have_count(1)
    sound(page, f"registration-agenda-frame-{viewport}")


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_network_takes_another_name(page: Any, site: str, sign_in: Any, viewport: str) -> None:
    page.goto(site)
    sign_in(page, "admin")
    for day, name in (("2012-01-15", "Midi-Pyrénées Coopdev’"), ("2017-02-11", "Occitanie Coopération")):
        page.goto(f"{site}/equipe/identite/")
        page.get_by_label("À partir du").fill(day)
        page.get_by_label("Nom", exact=True).fill(name)
        page.get_by_label("Adresse électronique").fill("bonjour@reseau.example")
        page.get_by_role("button", name="Enregistrer").click()
        expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    assert page.locator("td b").bounding_box()["height"] < 32, "today is said in one line"
    sound(page, f"registration-identity-{viewport}")
