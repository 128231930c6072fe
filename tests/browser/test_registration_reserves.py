"""Kept seats, in a real browser: who keeps them, and what a visitor reads before writing their name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW
from tests.integration.test_registration_reserves import TOWN, come
from tests.integration.test_registration_seats import make
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_staff_keep_seats_and_a_visitor_sees_for_whom(
    new_context: Callable[..., Any],
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    event_id, _ = make(registration_db, capacity=4, workshops=[[5]])
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    page.goto(site)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/places-gardees")
    page.get_by_label("Nombre de places").fill("9")
    page.get_by_label("Gardées jusqu’au").fill("2016-10-07")
    page.get_by_label("Association, collectif, fondation").check()
    page.get_by_label("Particulier, personne qualifiée").check()
    page.get_by_role("button", name="Garder ces places").click()
    page.get_by_role("alert").get_by_text("4 places au plus").wait_for()
    sound(page, "registration-reserve-refused")
    page.get_by_label("Nombre de places").fill("2")
    page.get_by_role("button", name="Garder ces places").click()
    page.get_by_text("Ces places sont gardées.").wait_for()
    come(registration_db, event_id, TOWN, 1, 2, 3)
    come(registration_db, event_id, "association", 4)
    page.reload()
    sound(page, "registration-reserves")
    page.get_by_role("link", name="Modifier aux associations").click()
    sound(page, "registration-reserve")
    for path, name in (("equipe/evenements/agora-2016", "dashboard"), ("e/agora-2016", "public")):
        page.goto(f"{site}/{path}")
        page.get_by_text("1 place est gardée aux associations").wait_for()
        sound(page, f"registration-reserve-{name}")
    page.goto(f"{site}/e/agora-2016/inscription")
    page.get_by_text("sauf dans une réserve").wait_for()
    expect(page.get_by_role("button", name="S’inscrire")).to_be_visible()
    sound(page, "registration-reserve-form")
