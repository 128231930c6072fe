"""From the tap of a finger to the ranking: a juror's tablet and the secretary's page, in real browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.jury_room import Room

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLES = ["Mil de Casamance", "Lumière à Niamey"]


@pytest.mark.parametrize("width", ["tablet"])
def test_what_the_juror_taps_is_what_the_ranking_says(
    width: str,
    jury_db: Any,
    jury_app: Any,
    serve: Callable[[Any], str],
    new_context: Callable[..., Any],
    sign_in: Callable[..., Any],
) -> None:
    room = Room(jury_db, TITLES, [("Aline", "Vidal")])
    url = serve(jury_app)
    tablet = new_context(viewport=width, has_touch=True).new_page()
    tablet.goto(f"{url}/tablet/#{room.code(0)}")
    tablet.get_by_label("Je n’ai de lien avec aucun autre projet.").check()
    tablet.get_by_role("button", name=re.compile("Oui, je suis")).click()
    for title, level in zip(TITLES, [3, 5], strict=True):
        tablet.get_by_role("link", name=re.compile(title)).click()
        expect(tablet.get_by_role("heading", level=1, name=title)).to_be_visible()
        for criterion in tablet.locator(".criterion").all():
            criterion.locator(".level").nth(level).click()
            expect(criterion.locator(".sync")).to_have_text(re.compile("gardé|reçu"))
        expect(tablet.locator("#status b")).to_have_text("Reçu. Rien à envoyer.")
        tablet.get_by_role("link", name="Liste").or_(tablet.get_by_role("button", name="Liste")).first.click()

    staff = new_context(viewport=width).new_page()
    sign_in(staff, "secretary")
    staff.goto(f"{url}/equipe/tours/{room.round_id}/clore")
    staff.get_by_role("button", name="Clore le tour").click()
    staff.goto(f"{url}/equipe/tours/{room.round_id}/classement")
    rows = staff.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Lumière à Niamey")
    expect(rows.nth(0)).to_contain_text("20,00")
    expect(rows.nth(1)).to_contain_text("Mil de Casamance")
    expect(rows.nth(1)).to_contain_text("12,00")
