"""A segment in a real browser: the number of people follows the boxes, and the page is sound on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import contacts
from services.mailer.models.contacts import ECHO
from shared import clock
from shared.db import Database
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_the_number_follows_the_boxes(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    with mailer_db.transaction() as session:
        for n in range(5):
            person = contacts.Person(
                f"lecteur{n}@asso.example", topics=("eau",) if n < 3 else ("santé",), zones=("Madagascar",) if n else ()
            )
            contacts.subscribe(session, person, ECHO, "test", "oui", "1", clock.now())
    context = new_context(bypass_csp=True)
    sign_in(context, "editor")
    page = context.new_page()
    page.goto(f"{serve(mailer_app)}/contacts/")
    page.get_by_role("link", name="Segments").click()
    sound(page)
    page.get_by_role("link", name="Nouveau segment").first.click()
    count = page.locator("#compte")
    assert count.inner_text().startswith("5")
    page.get_by_label("eau").check()
    page.wait_for_function("document.getElementById('compte').textContent.startsWith('3')")
    page.get_by_label("Madagascar").check()
    page.wait_for_function("document.getElementById('compte').textContent.startsWith('2')")
    sound(page)
    page.get_by_label("Nom du segment").fill("Eau à Madagascar")
    page.get_by_role("button", name="Enregistrer le segment").click()
    row = page.get_by_role("row", name="Eau à Madagascar")
    assert row.locator("td").last.inner_text().strip().endswith("2")
    sound(page)
    page.get_by_role("link", name="Eau à Madagascar").click()
    assert page.get_by_label("Madagascar").is_checked()
