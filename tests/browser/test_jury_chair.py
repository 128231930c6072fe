"""The chair after closing, on a phone: late values, a moved rank, a draw, the minutes; and what a conflict closes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.minutes import Signer
from services.jury.use_cases import chairing, signing
from shared import clock
from tests.jury_room import WHO, Room
from tests.soundness import sound

pytestmark = pytest.mark.browser


@pytest.fixture
def scored(room: Room, jury_app: Any) -> Room:
    """Everybody scored; the first two projects are even, and one value came after the end."""
    jury_app.config["WTF_CSRF_ENABLED"] = False
    for juror in range(3):
        tablet = room.tablet(jury_app.test_client(), juror)
        criteria = tablet.criteria
        for project, level in zip(room.projects, (4, 4, 3, 2), strict=True):
            tablet.score(project, [level] * len(criteria))
    room.close()
    tablet.send(tablet.operation(room.projects[3], criteria[0]["id"], 1, base=1))
    jury_app.config["WTF_CSRF_ENABLED"] = True
    return room


@pytest.fixture
def chair(scored: Room, jury_app: Any, serve: Callable[[Any], str], page: Any) -> Any:
    """The chair's phone, just entered by the link."""
    with scored.db.transaction() as session:
        token = chairing.make_link(session, scored.call_id, scored.jurors[0], who=WHO, now=clock.now())
    page.goto(f"{serve(jury_app)}/presidence/{token}")
    page.get_by_role("button", name="Entrer").click()
    return page


def go(page: Any, name: str) -> None:
    page.locator(".sub").get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_chair_decides_and_no_link_leads_out_of_their_pages(scored: Room, chair: Any) -> None:
    chair.get_by_role("link", name="saisie tardive à trancher").click()
    sound(chair, "chair-late")
    chair.get_by_role("button", name="Refuser").click()
    expect(chair.get_by_text("Refusée", exact=True)).to_be_visible()

    go(chair, "Délibération")
    expect(chair.get_by_label("Nouveau rang")).to_have_count(0)
    chair.get_by_label("Pourquoi tirer au sort").fill("Le jury n’a pas su les départager.")
    chair.get_by_role("button", name="Tirer au sort").click()
    expect(chair.get_by_text("Tiré au sort, dans cet ordre")).to_be_visible()
    chair.get_by_label("Projet", exact=True).select_option(label="3. Écoles d’Antsirabe")
    chair.get_by_label("Nouveau rang").fill("1")
    chair.get_by_label("Raison").fill("court")
    chair.get_by_role("button", name="Déplacer", exact=True).click()
    expect(chair.get_by_label("Nouveau rang")).to_have_value("1")
    chair.get_by_label("Raison").fill("L’école d’abord, pour l’urgence.")
    chair.get_by_role("button", name="Déplacer", exact=True).click()
    first = chair.locator("#doubt tbody tr").first
    expect(first).to_contain_text("Écoles d’Antsirabe")
    expect(first).to_contain_text("(était 3)")
    edges = "cells => cells.map(one => getComputedStyle(one).borderBottomWidth)"
    assert "3px" not in chair.locator("#doubt .at-line > *").evaluate_all(edges), "one line, below the last one funded"
    sound(chair, "chair-deliberation")

    go(chair, "Classement")
    expect(chair.locator("#ranking tbody tr").first).not_to_contain_text("Écoles d’Antsirabe")
    with scored.db.transaction() as session:
        signing.sign(session, scored.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    go(chair, "Procès-verbal")
    expect(chair.get_by_text("L’école d’abord, pour l’urgence.")).to_be_visible()
    sound(chair, "chair-minutes")
    asked = chair.context.request
    for name in ("Tableau", "Saisies tardives", "Classement", "Délibération", "Procès-verbal", "Mots aux porteurs"):
        go(chair, name)
        for link in chair.locator("main a[href^='/equipe']").all():
            there = asked.get(chair.url.partition("/equipe")[0] + link.get_attribute("href"), max_redirects=0)
            assert there.status == 200, (name, link.inner_text())


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_chair_with_a_conflict_is_told_on_the_board_and_offered_no_closed_page(scored: Room, chair: Any) -> None:
    expect(chair.locator(".sub a")).to_have_count(7)
    scored.recuse(0, 1)
    chair.reload()
    expect(chair.get_by_text(re.compile("Vous êtes en retrait pour un projet"))).to_be_visible()
    expect(chair.locator(".sub a")).to_have_text(["Tableau"])
    sound(chair, "chair-conflict")
