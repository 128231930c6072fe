"""After the award, on the bearer's phone and the treasurer's desk: no report, no balance; accepted, it may be paid."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.models import AnnualFigure
from shared import clock
from tests.jury_followup import WRITTEN, awarded, first, opened, report
from tests.jury_room import Room
from tests.soundness import sound

pytestmark = pytest.mark.browser

FILE = {"name": "comptes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nhello\n%%EOF\n"}


@pytest.fixture
def path(room: Room, jury_app: Any, tmp_path: Path) -> str:
    """The bearer's address; the balance of each year waits for its report."""
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    jury_app.config["WTF_CSRF_ENABLED"] = False
    awarded(room, jury_app.test_client(), envelope=1_000_000, wish=1_000_000, years=2)
    jury_app.config["WTF_CSRF_ENABLED"] = True
    return opened(room, advance=80)


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_report_from_the_phone_opens_the_balance(
    room: Room,
    path: str,
    jury_app: Any,
    serve: Callable[[Any], str],
    page: Any,
    new_context: Callable[..., Any],
    sign_in: Callable[..., Any],
) -> None:
    url = serve(jury_app)
    page.goto(url + path)
    expect(page.get_by_text("Bloqué")).to_have_count(3)
    page.get_by_role("link", name="Les liens de votre page…").click()
    sound(page, "followup-links")
    page.get_by_role("link", name="Revenir à votre page").click()
    for name, words in WRITTEN.items():
        page.locator(f"[name={name}]").fill(words)
    page.get_by_label("Fichier").set_input_files(FILE)
    page.get_by_role("button", name="Joindre").click()
    expect(page.get_by_role("link", name="comptes.pdf")).to_be_visible()
    expect(page.locator("[name=done]")).to_have_value(WRITTEN["done"])
    sound(page, "followup-report")
    page.get_by_label("Fichier").set_input_files(FILE | {"name": "photos.pdf"})
    page.get_by_role("button", name="Envoyer le rapport").click()
    expect(page.get_by_text("Reçu, à examiner")).to_be_visible()

    staff = new_context(viewport="phone").new_page()
    sign_in(staff, "staff")
    staff.goto(f"{url}/equipe/rapports/{report(room, first(room)).id}")
    expect(staff.get_by_role("link", name="photos.pdf")).to_be_visible()
    staff.get_by_role("button", name="Accepter le rapport").click()
    staff.get_by_role("link", name="Versements de cet appel").click()
    expect(staff.get_by_role("link", name="À verser (3)")).to_be_visible()
    gestures = staff.locator("#lignes td[data-label='Geste']")
    expect(gestures).to_have_count(3)
    sound(staff, "followup-payments")
    page.goto(url + path)
    expect(page.get_by_text("Bloqué")).to_have_count(1)


@pytest.mark.parametrize("viewport", ["phone"])
@pytest.mark.usefixtures("path")
def test_a_funder_is_told_of_its_year(
    room: Room, jury_app: Any, serve: Callable[[Any], str], page: Any, sign_in: Callable[..., Any]
) -> None:
    with room.db.transaction() as session:
        session.add(AnnualFigure(year=clock.now().year, label="Budget du réseau", cents=20_000_000,
                                 source="comptes de l’année", noted_at=clock.now()))  # fmt: skip
    sign_in(page, "treasurer")
    page.goto(f"{serve(jury_app)}/equipe/financeurs/")
    expect(page.get_by_text("Tous les rapports ensemble font le tout")).to_be_visible()
    sound(page, "funders")
    page.get_by_role("link", name=re.compile("^Rapport")).first.click()
    expect(page.get_by_role("heading", name="L’argent")).to_be_visible()
    sound(page, "funder-report")
    page.get_by_role("link", name="Modèle du rapport").click()
    page.locator("[name=title]").fill("Convention 2016-31")
    page.locator("[name=place_projects]").fill("")
    sound(page, "funder-layout")
    page.get_by_role("button", name="Garder ce modèle").click()
    page.get_by_role("link", name="Voir le rapport").click()
    expect(page.get_by_role("heading", name="Convention 2016-31")).to_be_visible()
    expect(page.get_by_role("heading", name="Les projets")).to_have_count(0)
