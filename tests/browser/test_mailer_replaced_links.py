"""An author types while the newsroom sends them another link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.mailer import contributions, issues
from shared import clock
from shared.db import Database
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHO = "camille.roux@agora.example"


@pytest.mark.parametrize("viewport", ["phone"])
def test_what_was_typed_is_in_the_form_that_the_new_link_opens(
    new_context: Callable[..., Any], mailer_app: Any, mailer_db: Database, serve: Callable[[Any], str]
) -> None:
    now = clock.now()
    days = {"planned_on": now.date() + dt.timedelta(20), "contributions_on": now.date() + dt.timedelta(10)}

    def invite() -> str:
        with mailer_db.transaction() as session:
            person = {"structure": "Lo Camin", "name": "Inès", "email": "ines@camin.example"}
            return contributions.invite(session, **person, who=WHO, now=clock.now())[1]

    with mailer_db.transaction() as session:
        issues.create(session, {"number": 34, "title": "L’Agora", **days}, who=WHO, now=now)
    address = serve(mailer_app)
    page = new_context(bypass_csp=True).new_page()
    page.goto(f"{address}/contribuer/{invite()}")
    page.get_by_label("Titre").fill("Un puits à Ambatomanga")
    page.get_by_label("Texte").fill("Il donne de l’eau.")
    new = invite()
    page.get_by_role("button", name="Envoyer à la rédaction").click()
    page.get_by_role("heading", name="Votre texte est gardé").wait_for()
    sound(page)
    page.goto(f"{address}/contribuer/{new}")
    expect(page.get_by_label("Titre")).to_have_value("Un puits à Ambatomanga")
    sound(page)
    page.get_by_role("button", name="Envoyer à la rédaction").click()
    expect(page.get_by_role("heading", name="Un puits à Ambatomanga")).to_be_visible()
    expect(page.get_by_label("Titre")).to_have_value("")
