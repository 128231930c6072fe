"""Cards of voters held up to a camera, and read by hand, on the page of an assembly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from deploy.local import browser as scripts
from services.registration.models.assembly import Assembly
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room
from shared import clock
from shared.db import Database
from tests.browser.test_registration_desk_camera import FOREIGN, y4m
from tests.chromium import FLAGS, filmed
from tests.integration.test_registration_assembly import HELD, WHO
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def assembly(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Assembly:
    """A rehearsal where the second member gave a proxy to the third, who is there."""
    monkeypatch.setattr(clock, "now", lambda: HELD)
    with registration_db.transaction() as session:
        made = assemblies.rehearse(session, TWO_COLLEGES, HELD, who=WHO)
        session.refresh(made)  # the list in the order of the page
        giver, holder = made.voters[1].id, made.voters[2].id
        assembly_room.arrive(session, made.id, holder, HELD, who=WHO)
        assembly_room.give_proxy(session, made.id, giver, holder, HELD, who=WHO)
        session.refresh(made)
        assert made.voters
        return made


@pytest.fixture
def page(browser: Any, chromium_path: Path, tmp_path: Path, assembly: Assembly) -> Iterator[Any]:
    """A Chromium whose camera plays a film: the card of the first member, an empty table, a menu, and so on."""
    scripts.fetch()
    film = tmp_path / "camera.y4m"
    film.write_bytes(y4m([(assembly.voters[0].card, 3), ("", 3), (FOREIGN, 2)]))
    opened = browser.browser_type.launch(executable_path=str(chromium_path), args=[*FLAGS, *filmed(film)])
    yield opened.new_context(locale="fr-FR", viewport={"width": 390, "height": 844}).new_page()
    opened.close()


ANOTHER_VERSION = """() => {
  const really = fetch;
  window.fetch = async (...sent) => {
    window.fetch = really;
    return new Response((await (await really(...sent)).text()).replace('id="lapsed"', ""));
  };
}"""
"""During an upgrade, the first answer comes from one that does not have all that the page has."""


def test_cards_are_read_without_leaving_the_page(
    page: Any, assembly: Assembly, registration_app: Any, serve: Callable[[Any], str], sign_in: Callable[..., Any]
) -> None:
    site = serve(registration_app)
    sign_in(page, "desk")
    page.goto(f"{site}/equipe/assemblees/{assembly.id}")
    page.evaluate("window.same = true")
    said, rows = page.locator("#badges [role=status]"), page.locator("tr[id^=v-]")
    quorum = page.locator("#quorum-now")
    expect(quorum).to_contain_text("2 représentés, 4 nécessaires sur 13")
    page.evaluate(ANOTHER_VERSION)
    # A hand-held reader types the code and presses Enter. The giver of a proxy is here: it is theirs again.
    page.get_by_label("Code de la carte ou du badge").fill(assembly.voters[1].card)
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Le pouvoir donné tombe.")
    expect(page.locator("main")).not_to_contain_text("null")
    expect(rows.nth(1)).to_contain_text("Présent·e 1 voix")
    expect(rows.nth(2)).to_contain_text("Présent·e 1 voix")

    page.get_by_role("button", name="Lire avec la caméra").click()
    expect(said).to_contain_text("Acteurs économiques 01 : présent·e.")
    expect(quorum).to_contain_text("3 représentés, 4 nécessaires sur 13")
    expect(rows.nth(0)).to_contain_text("Présent·e 1 voix")
    sound(page, "assembly-badges")
    expect(said).to_contain_text("n’est celui d’aucun votant")
    expect(said).to_contain_text("Acteurs économiques 01 : déjà présent·e")
    page.get_by_role("button", name="Arrêter la caméra").click()
    expect(page.get_by_role("button", name="Lire avec la caméra")).to_be_visible()
    assert page.evaluate("window.same")

    rows.nth(5).get_by_role("link", name="Pouvoir de").click()
    expect(page.get_by_role("button", name="Lire avec la caméra")).to_be_visible()  # the script is there
    page.get_by_label("Porté par").select_option(index=2)
    page.get_by_label("Code de la carte ou du badge").fill(assembly.voters[4].card)
    rows.nth(6).get_by_role("rowheader").hover()
    pressed = rows.nth(6).element_handle()
    page.mouse.down()
    page.get_by_label("Code de la carte ou du badge").focus()
    page.keyboard.press("Enter")
    expect(rows.nth(4)).to_contain_text("Présent·e 1 voix")
    expect(page.get_by_label("Porté par")).not_to_have_value("")  # what was being chosen is still there
    assert pressed.evaluate("row => row.isConnected")  # and so is what was being pressed
    page.mouse.up()

    page.context.set_offline(True)
    page.get_by_label("Code de la carte ou du badge").fill(assembly.voters[3].card)
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Le serveur n’a pas répondu")
    expect(page.get_by_label("Code de la carte ou du badge")).to_have_value(assembly.voters[3].card)
