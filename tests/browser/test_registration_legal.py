"""What the law asks of every site: who we are, what we keep about people, how far the pages are accessible."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from shared.web.processing import ACTIVITIES
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_is_one_link_away_from_the_home_page(
    new_context: Any, registration_app: Any, serve: Any, language: str
) -> None:
    site = str(serve(registration_app))
    page = new_context(viewport="phone").new_page()
    names = {
        "fr": ("Données personnelles", "Accessibilité", "Mentions légales"),
        "en": ("Personal data", "Accessibility", "Legal notice"),
    }[language]
    for name in names:
        page.goto(f"{site}/?lang={language}")
        page.get_by_role("contentinfo").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        sound(page, f"legal-{name}")


def test_the_register_tells_every_activity_and_prints(
    new_context: Any, registration_app: Any, serve: Any, sign_in: Any
) -> None:
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    sign_in(page, "auditor")
    page.goto(f"{site}/equipe/registre")
    for one in ACTIVITIES:
        expect(page.get_by_role("heading", name=one.title)).to_be_visible()
    expect(page.get_by_text("30 jours après la rencontre.")).to_be_visible()
    sound(page, "legal-register")
