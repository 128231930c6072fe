"""The public form in a real browser: from the event's page to the ticket, at three widths, with and without scripts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration import presets
from services.registration.models import Registration
from services.registration.use_cases import events, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The 6th Agora with three seats, one of them taken, in the days when it takes registrations."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = events.create(session, presets.agora(6, DAY, capacity=3), NOW, who="test")
        events.publish(session, event.id, NOW, who="test", site=SITE)
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(1), NOW, site=SITE)
    return str(serve(registration_app))


def fill(page: Any, *, email: str = "aicha@example.org") -> None:
    page.get_by_label("Prénom", exact=True).fill("Aïcha")
    page.get_by_label("Nom", exact=True).fill("Bélières")
    page.get_by_label("Adresse électronique").fill(email)
    page.locator("#f-structure").fill("Eau Partagée")
    page.get_by_label("Type d’acteur").select_option("association")
    page.locator("#f-department").select_option("31")
    page.get_by_label("Éducation et jeunesse").check()
    page.get_by_label("Monter un dossier qui tient").check()
    page.get_by_label("Oui", exact=True).check()


@pytest.mark.parametrize("viewport", ["phone"])
def test_from_the_page_to_the_ticket(page: Any, site: str) -> None:
    page.goto(f"{site}/")
    sound(page)
    page.get_by_role("link", name="6e Agora").click()
    sound(page)
    page.get_by_role("link", name="S’inscrire").click()
    sound(page)
    expect(page.get_by_text("Votre place sera certaine.")).to_be_visible()
    fill(page)
    page.get_by_role("button", name="S’inscrire").click()
    page.get_by_role("heading", name="Votre place est certaine").wait_for()
    sound(page)
    expect(page.get_by_role("img", name="Code à présenter à l’entrée")).to_be_visible()
    expect(page.get_by_text("Éducation et jeunesse")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Ajouter à mon agenda (.ics)").click()
    assert download.value.suggested_filename.endswith(".ics")


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_ticket_opens_without_network_once_it_was_open(page: Any, site: str) -> None:
    page.goto(f"{site}/e/agora-2016/inscription")
    fill(page)
    page.get_by_role("button", name="S’inscrire").click()
    page.get_by_text("elle s’ouvre aussi sans réseau").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.clock.set_fixed_time(NOW)
    page.context.set_offline(True)
    page.goto(page.url.split("?")[0])
    expect(page.get_by_role("heading", name="Votre place est certaine")).to_be_visible()
    expect(page.get_by_role("img", name="Code à présenter à l’entrée")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.ticket')).display") == "grid"
    page.clock.set_fixed_time(NOW + dt.timedelta(days=30))  # the page stayed open
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("La rencontre a eu lieu")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("La rencontre a eu lieu")


@pytest.mark.parametrize("viewport", ["phone"])
def test_without_scripts(new_context: Any, registration_db: Database, site: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/e/agora-2016/inscription")
    fill(page, email="aicha@gmial.com")
    page.get_by_role("button", name="S’inscrire").click()
    page.get_by_role("button", name="Utiliser aicha@gmail.com").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Votre place")
    page.get_by_role("link", name="Modifier").click()
    page.locator("#f-structure").fill("Eau Partagée 31")
    page.get_by_role("button", name="Voir ce qui change").click()
    assert page.locator("ins").inner_text() == "Eau Partagée 31"
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Annuler ma place").click()
    page.get_by_role("button", name="Annuler ma place").click()
    page.get_by_role("button", name="Reprendre mon inscription").click()
    with registration_db.reading() as session:
        row = session.scalars(sa.select(Registration).where(Registration.last_name == "Bélières")).one()
    assert (row.email, row.structure, row.status) == ("aicha@gmail.com", "Eau Partagée 31", "confirmed")


def test_the_last_button_says_waiting_list_when_the_event_is_full(
    page: Any, registration_db: Database, site: str
) -> None:
    with registration_db.reading() as session:
        event_id = session.scalars(sa.select(Registration.event_id)).one()
    for number in (2, 3):
        with registration_db.transaction() as session:
            registering.register(session, event_id, answers(number), NOW, site=SITE)
    page.goto(f"{site}/e/agora-2016/inscription")
    expect(page.get_by_text("vous serez sur la liste d’attente, au rang 1")).to_be_visible()
    fill(page)
    page.get_by_role("button", name="Rejoindre la liste d’attente").click()
    page.get_by_role("heading", name="Vous êtes sur la liste d’attente").wait_for()
    sound(page)


def test_errors_are_said_and_nothing_typed_is_lost(page: Any, site: str) -> None:
    page.goto(f"{site}/e/agora-2016/inscription")
    page.get_by_label("Nom", exact=True).fill("Bélières")
    page.get_by_role("button", name="S’inscrire").click()
    summary = page.get_by_role("alert")
    summary.wait_for()
    sound(page)
    assert page.get_by_label("Nom", exact=True).input_value() == "Bélières"
    summary.get_by_role("link", name="Prénom").click()
    expect(page.get_by_label("Prénom", exact=True)).to_be_focused()


@pytest.mark.parametrize("viewport", ["tablet"])
def test_the_staff_pages_are_accessible(page: Any, site: str, sign_in: Any) -> None:
    page.goto(site)
    sign_in(page, "admin")
    new = "evenements/nouveau?modele=agora"
    for path in ("", new, "evenements/agora-2016", "evenements/agora-2016/inscriptions"):
        page.goto(f"{site}/equipe/{path}")
        sound(page)
    page.get_by_role("link", name="Personne1 Noé").click()
    sound(page)


@pytest.mark.parametrize("viewport", ["desk"])
def test_in_english_and_in_the_dark(new_context: Any, site: str) -> None:
    page = new_context(locale="en-GB", color_scheme="dark").new_page()
    page.goto(f"{site}/e/agora-2016/inscription")
    expect(page.get_by_role("button", name="Register")).to_be_visible()
    expect(page.get_by_text("Your place will be certain.")).to_be_visible()
    sound(page)
