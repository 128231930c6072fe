"""Sections on the tablet: headings with a running sum, what lacks, and a word when the section is too low."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.use_cases import grids
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import WHO, Room
from tests.soundness import faults
from tests.tablet_screen import open_sheet, pair, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def criterion(title: str, weight: int, /, **section: Any) -> dict[str, Any]:
    levels = [{"value": n, "label": word, "evidence": ""} for n, word in enumerate(("Non", "Un peu", "Assez", "Oui"))]
    begins = {"section": section} if section else {}
    return {"title": title, "help": "", "weight": weight, "max": 3, "minimum": None, "levels": levels} | {
        "comment_required_for": [],
        **begins,
    }


@pytest.fixture
def room(jury_db: Any) -> Room:
    room = Room(jury_db, opened=False)
    grid = [
        criterion("Besoin", 20, title="Pertinence", title_en="Relevance", minimum=15),
        criterion("Cible", 10),
        criterion("Prix juste", 20, title="Budget", title_en="", minimum=None),
    ]
    with jury_db.transaction() as session:
        grids.revise(session, room.call_id, grid, who=WHO, now=clock.now())
    room.open()
    return room


@pytest.mark.parametrize("viewport", ["tablet"])
def test_a_section_says_its_points_what_lacks_and_when_it_is_too_low(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any], viewport: Any
) -> None:
    page = new_context(viewport=viewport).new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    expect(page.get_by_role("heading", level=2, name="Pertinence")).to_be_visible()
    points, budget = page.locator(".section-points").all()
    expect(points).to_have_text("0,00 sur 30 · 15 au moins, en moyenne du jury · Il reste 2 critères à noter")
    expect(budget).to_have_text("0,00 sur 20 · Il reste 1 critère à noter")
    tap(page, 0, 2)
    expect(points).to_have_text("13,33 sur 30 · 15 au moins, en moyenne du jury · Il reste 1 critère à noter")
    tap(page, 1, 0)
    expect(points).to_have_text("13,33 sur 30 · sous les 15 demandés\u202f: à cette moyenne, le projet serait éliminé")
    assert faults(page) == []
    expect(page.locator(".sheet")).not_to_contain_text("null")
    tap(page, 1, 1)
    expect(points).to_have_text("16,67 sur 30 · 15 au moins, en moyenne du jury")
    page.evaluate("localStorage.setItem('agora_lang', 'en')")
    page.reload()
    expect(page.get_by_role("heading", level=2, name="Relevance")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Budget")).to_be_visible()  # no English name: its own
