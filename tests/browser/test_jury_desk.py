"""The what-if desk under the chair's thumb: the line moves with the envelope, typed or slid, and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from services.jury.use_cases import awards, chairing
from shared import clock
from tests.jury_room import WHO, Room
from tests.soundness import sound

pytestmark = pytest.mark.browser


@pytest.fixture
def entrance(room: Room, jury_app: Any, serve: Callable[[Any], str]) -> str:
    """The chair's link of a closed round with 6 000 € for wishes of 3 000, 4 000, 1 000 and 2 000, best first."""
    jury_app.config["WTF_CSRF_ENABLED"] = False
    tablet = room.tablet(jury_app.test_client())
    criteria = tablet.criteria
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * len(criteria))
    jury_app.config["WTF_CSRF_ENABLED"] = True
    room.close()
    wishes = dict(zip(room.projects, [(sum, None) for sum in (300_000, 400_000, 100_000, 200_000)], strict=True))
    with room.db.transaction() as session:
        data = {"envelope": 600_000, "years": 1, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())
        token = chairing.make_link(session, room.call_id, room.jurors[0], who=WHO, now=clock.now())
    return f"{serve(jury_app)}/presidence/{token}"


def enter(page: Any, entrance: str) -> None:
    page.goto(entrance)
    page.get_by_role("button", name="Entrer").click()
    page.locator(".sub").get_by_role("link", name="Délibération", exact=True).click()


@pytest.mark.parametrize("viewport", ["desk"])
def test_the_line_moves_as_the_envelope_is_typed_and_slid(
    entrance: str, new_context: Callable[..., Any], viewport: Any
) -> None:
    page = new_context(viewport=viewport).new_page()
    held: list[Route] = []
    page.route("**/static/desk.js*", lambda route: held.append(route))
    enter(page, entrance)
    envelope = page.get_by_label("Enveloppe à l’essai, en euros")
    expect(envelope).to_have_value("6000")
    envelope.fill("7000")  # on a slow line the script comes after
    held[0].continue_()
    page.unroute("**/static/desk.js*")
    said = page.get_by_role("status").filter(has_text="Arrêt")
    expect(said).to_contain_text(re.compile("Arrêt\\s: 2 projets aidés, 1 entre, 0 sort"))
    line = page.locator("#line-1 .at-line")
    expect(line).to_contain_text("2. Lumière à Niamey")
    expect(line).to_contain_text("entre")
    sound(page, f"desk-{viewport}")
    slider = page.get_by_role("slider", name="Faire glisser l’enveloppe")
    slider.focus()
    page.keyboard.press("Home")
    expect(said).to_contain_text("Arrêt\u202f: 0 projet aidé, 0 entre, 1 sort")
    expect(envelope).to_have_value("0")
    page.keyboard.press("End")
    expect(said).to_contain_text("4 projets aidés")
    envelope.fill("7010")  # no step of the slider
    page.wait_for_url("**=7010*")
    page.reload(wait_until="networkidle")
    expect(page.get_by_label("Enveloppe à l’essai, en euros")).to_have_value("7010")
    expect(page.locator("#desk-said")).to_be_empty()  # nobody has typed: nothing is tried again
    page.context.set_offline(True)
    page.get_by_label("Enveloppe à l’essai, en euros").fill("1")
    expect(page.get_by_text("Pas de réponse du serveur")).to_be_attached()


def test_without_a_script_the_button_does_the_same(entrance: str, new_context: Callable[..., Any]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    enter(page, entrance)
    expect(page.get_by_role("slider")).to_have_count(0)
    page.get_by_label("Enveloppe à l’essai, en euros").fill("7 000")
    page.get_by_label("Donner le reste en aide partielle").check()
    page.get_by_role("button", name="Essayer").click()
    expect(page.locator("#line-1 .at-line")).to_contain_text("2. Lumière à Niamey")
    expect(page.get_by_label("Donner le reste en aide partielle")).to_be_checked()
    expect(page.get_by_label("Enveloppe à l’essai, en euros")).to_have_value("7 000")
