"""An event that is cancelled, in a real browser: who cancels it, and what a visitor and a person registered read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.registration.rules.messages import WINDOW
from services.registration.use_cases import calling_off, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = {"phone": (360, 800), "tablet": (820, 1180), "desk": (1440, 900)}


def sound_everywhere(page: Any, name: str) -> None:
    for width, height in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": height})
        sound(page, name)


def test_cancelled_taken_back_and_cancelled_for_good(
    new_context: Callable[..., Any],
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=2, workshops=[[5]])
        workshop = event.workshops[0].id
    links = []
    for number in range(3):
        with registration_db.transaction() as session:
            data = answers(number, workshops=[workshop])
            links.append(registering.register(session, event.id, data, NOW, site=SITE).token)
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    page.goto(site)
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016")
    page.get_by_role("link", name="Annuler la rencontre").click()
    sound_everywhere(page, "registration-call-off")
    for time in (1, 2):
        page.get_by_label("Pourquoi", exact=False).first.fill("La salle est fermée après l’orage.")
        page.get_by_role("button", name="Annuler la rencontre et prévenir 3 personnes").click()
        page.get_by_text("Aucun courriel n’est parti").wait_for()
        sound_everywhere(page, "registration-called-off-dashboard")
        if time == 1:
            page.get_by_role("button", name="Elle a lieu : reprendre l’annulation").click()
            page.get_by_role("link", name="Annuler la rencontre").click()

    visitor = new_context(viewport="phone").new_page()
    visitor.goto(f"{site}/e/agora-2016")
    visitor.get_by_text("Cette rencontre est annulée.").wait_for()
    sound_everywhere(visitor, "registration-called-off-public")
    visitor.goto(site)
    sound_everywhere(visitor, "registration-called-off-home")

    later = NOW + WINDOW
    monkeypatch.setattr(clock, "now", lambda: later)
    with registration_db.transaction() as session:
        assert calling_off.leave(session, later, site=SITE) == 3
    page.reload()
    sound_everywhere(page, "registration-called-off-told")
    visitor.goto(f"{site}/i/{links[0]}")
    visitor.get_by_text("annulée").first.wait_for()
    sound_everywhere(visitor, "registration-called-off-ticket")
