"""Partners' programs: a token, an address that is told of their mails, and the ledger's addresses at every width."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.mailer import orders, partners, transactional
from shared import clock
from shared.db import Database
from tests.integration.test_mailer_orders import DATA
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "camille.de-la-tour.saint-martin@federation.associations-occitanie.example"
CUT = """cell => {
    const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), cut = []
    while (text.nextNode()) {
        const range = document.createRange()
        range.selectNodeContents(text.currentNode)
        const lines = new Set([...range.getClientRects()].map(one => Math.round(one.top)))
        if (lines.size > 1 && !text.currentNode.data.includes("-")) cut.push(text.currentNode.data)
    }
    return cut
}"""
"""The pieces between two places where an address may break that stand on two lines all the same."""


@pytest.mark.parametrize("viewport", ["phone", "tablet"])
def test_an_address_is_told_and_changes_its_key(
    page: Any,
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    viewport: str,
) -> None:
    with mailer_db.transaction() as session:
        orders.register(session, "Site de la fédération", ["registration_link"], who="test", now=clock.now())
        program = orders.programs(session)[0].id
        url = "https://federation.associations-occitanie.example/agora/ce-que-deviennent-les-courriers"
        types = list(partners.TYPES)
        webhook = partners.add_address(session, program, url, types, clock.now(), who="test", local=False).id
        for number, to in enumerate((LONG, "zoe@asso.example")):
            key = (partners.thing_of(program), str(number))
            sent = transactional.send(
                session, template="registration_link", to=to, data=DATA, business_key=key, kind=partners.ORDERED
            )
            assert sent
        partners.hooks.try_out(session, webhook, clock.now())
    address = serve(mailer_app)
    page.goto(address)
    sign_in(page, "admin", "editor")
    page.goto(f"{address}/courriers/")
    assert [page.locator("th.address").nth(row).evaluate(CUT) for row in (0, 1)] == [[], []]
    sound(page, f"mailer-ledger-addresses-{viewport}")
    page.get_by_role("link", name="Programmes des partenaires").click()
    page.get_by_text("Choisir les courriers").click()
    sound(page, f"mailer-programs-{viewport}")
    page.get_by_role("link", name=re.compile("ce-que-deviennent")).click()
    page.get_by_text("Clé de signature").click()
    page.get_by_role("button", name="Changer la clé").click()
    expect(page.get_by_text("La clé est changée")).to_be_visible()
    page.get_by_text("Clé de signature").click()
    sound(page, f"mailer-program-address-{viewport}")
