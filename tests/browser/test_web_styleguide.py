"""Every piece and frame in a real browser: no axe violation, no console complaint, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from shared.db import Database
from shared.web.app import create_web_app
from tests.soundness import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/styleguide/",
    "/styleguide/refus",
    "/connexion",
    *(f"/styleguide/cadre/{name}" for name in ("public", "staff", "tablet", "screen", "print")),
]


@pytest.fixture
def site(registration_db: Database, settings_of: Callable[..., Any], serve: Callable[[Any], str]) -> Iterator[str]:
    from services.registration.web.accounts import blueprint

    app = create_web_app(
        "services.registration",
        settings_of("registration", registration_db.url),
        registration_db,
        name="registration",
        blueprints=[blueprint],
    )
    return serve(app)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (820, "dark"), (1440, "light")])
def test_no_violation_at_any_width_or_in_the_dark(
    browser: Browser, site: str, sign_in: Callable[..., Any], width: int, scheme: str
) -> None:
    # bypass_csp: axe is injected as an inline script, which our own policy rightly refuses.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="fr-FR", bypass_csp=True
    )
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for path in [*PAGES, "/equipe/comptes", "/compte", "/deconnexion"]:
        if path == "/equipe/comptes":
            sign_in(page, "admin")
        page.goto(site + path)
        found[path] = faults(page, runOnly=RULES)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[path].append("wider than the screen")
    context.close()

    assert {path: list_ for path, list_ in found.items() if list_} == {}


def test_the_policy_holds_and_nothing_complains(browser: Browser, site: str) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(site + "/styleguide/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p id=x style=\"color:red\">')")
    blocked = page.evaluate("getComputedStyle(document.getElementById('x')).color")
    context.close()

    assert blocked != "rgb(255, 0, 0)"
    assert [line for line in said if "style-src" not in line and "inline style" not in line] == []


def test_at_double_zoom_nothing_is_cut(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 512}, device_scale_factor=2)
    page = context.new_page()
    page.goto(site + "/styleguide/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    context.close()


def test_by_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_page(locale="fr-FR")
    page.goto(site + "/connexion")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "email"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("personne@agora.example")
    page.keyboard.press("Tab")
    page.keyboard.type("faux")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=password]")).to_be_focused()
    assert page.input_value("#f-email") == "personne@agora.example"
    page.close()


def test_a_form_works_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(site + "/styleguide/")
    page.check("text=J’arrive après le repas")
    page.fill("#f-summary", "Où dormir ?")
    page.click("text=Vérifier mes réponses")

    received = page.locator("dl.facts").inner_text()
    context.close()
    assert "Églantine" in received
    assert "Où dormir ?" in received
    assert "late" in received


def test_the_count_says_how_many_are_left(browser: Browser, site: str) -> None:
    page = browser.new_page(locale="fr-FR")
    page.goto(site + "/styleguide/")

    page.fill("#f-summary", "é" * 290)
    assert page.inner_text("#c-summary") == "Caractères restants\u202f: 10"
    page.fill("#f-summary", "é" * 305)
    assert page.inner_text("#c-summary") == "Caractères de trop\u202f: 5"
    page.close()


def test_the_qr_code_is_readable_by_its_picture(browser: Browser, site: str) -> None:
    """The drawn modules, seen by the browser, are those of the code: dark where it says dark."""
    import segno

    page = browser.new_page(viewport={"width": 1200, "height": 900}, color_scheme="dark")
    page.goto(site + "/styleguide/cadre/public")
    drawn = page.evaluate(
        """async () => {
          const svg = document.querySelector("svg.qr").cloneNode(true);
          const size = svg.viewBox.baseVal.width;
          svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
          svg.setAttribute("width", size * 4); svg.setAttribute("height", size * 4);
          svg.querySelector("rect").setAttribute("fill", "#fff");
          const picture = new Image();
          picture.src = "data:image/svg+xml," + encodeURIComponent(svg.outerHTML);
          await picture.decode();
          const canvas = new OffscreenCanvas(size * 4, size * 4);
          const pen = canvas.getContext("2d");
          pen.drawImage(picture, 0, 0);
          const dark = (x, y) => pen.getImageData(x * 4 + 2, y * 4 + 2, 1, 1).data[0] < 128 ? 1 : 0;
          return Array.from({length: size}, (_, y) => Array.from({length: size}, (_, x) => dark(x, y)));
        }"""
    )
    page.close()

    code = segno.make("AG16-K7MQ2X", error="m", micro=False, boost_error=False, mask=0)
    assert drawn == [[1 if dark else 0 for dark in row] for row in code.matrix_iter(border=4)]
