"""The watch in a real browser: a call is noted, put into an issue, and read by everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.mailer import issues, opportunities
from shared import clock
from shared.db import Database
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO = "camille.roux@agora.example"
OTHERS = [
    ("Écoles jumelées", "Conseil départemental de l’Aveyron", "Collèges et lycées agricoles du département", 12),
    ("Fonds de solidarité climat", "Fondation des Rivières", "Associations et communes, tous pays", None),
]


@pytest.mark.parametrize("viewport", ["phone"])
def test_from_a_note_to_an_issue(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    viewport: str,
) -> None:
    now = clock.now()
    today = now.astimezone(clock.PARIS).date()
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "Agir ensemble", "planned_on": today + dt.timedelta(days=20)}
        number_34 = issues.create(session, head, who=WHO, now=now)
        for title, funder, eligibility, days in OTHERS:
            closes_on = today + dt.timedelta(days=days) if days else None
            given = {"title": title, "funder": funder, "about": "Une phrase.", "eligibility": eligibility}
            given |= {"amount": "", "link": "https://autre.example/", "closes_on": closes_on}
            opportunities.save(session, None, given, who=WHO, now=now)
    site = serve(mailer_app)
    context = new_context()
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/veille/")
    page.get_by_role("link", name="Noter un appel").click()
    page.get_by_label("Titre").fill("Eau et assainissement")
    page.get_by_label("Qui le propose").fill("Agence de l’eau Adour-Garonne")
    page.get_by_label("Ce qu’il finance").fill("Des puits, des latrines, et l’étude qui vient avant.")
    page.get_by_label("Qui peut répondre").fill("Associations de plus de deux ans, communes")
    page.get_by_label("Montant").fill("jusqu’à 15 000 euros")
    page.get_by_label("Lien").fill("https://eau.example/appel")
    page.get_by_label("Dernier jour pour répondre").fill((today + dt.timedelta(days=40)).isoformat())
    sound(page, "mailer-watch-note")
    page.get_by_role("button", name="Enregistrer").click()
    row = page.get_by_role("row", name="Eau et assainissement")
    row.get_by_role("button", name="Mettre dans le nº 34").click()
    expect(page.get_by_text("Cet appel est dans le nº 34.")).to_be_visible()
    too_late = page.get_by_role("row", name="Écoles jumelées").get_by_role("button")
    expect(too_late).to_have_text(["Retirer"], use_inner_text=True)
    sound(page, "mailer-watch")
    page.goto(f"{site}/numeros/{number_34}")
    page.get_by_role("button", name="Mettre dans ce numéro").click()
    taken = page.locator("[data-section=calls] h3")
    expect(taken).to_have_text(["Eau et assainissement", "Fonds de solidarité climat"])
    sound(page, "mailer-watch-issue")
    page.goto(f"{site}/echo/appels/")
    expect(page.locator(".echo-list h2")).to_have_text([OTHERS[0][0], "Eau et assainissement", OTHERS[1][0]])
    sound(page, "mailer-watch-public")
