"""The link of an invitation: opened on a computer, it asks before it is used up, and then the sheets are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.jury import rules
from services.jury.models import PairingCode
from services.jury.use_cases import juror_mails, tablets
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, WHO, Room
from tests.soundness import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def used(room: Room) -> bool:
    with room.db.reading() as session:
        return session.scalars(sa.select(PairingCode.used_at).where(PairingCode.mailed)).one() is not None


def test_a_mailed_link_asks_first_then_opens_the_sheets_on_a_computer(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    with room.db.transaction() as session:
        code = tablets.new_code(
            session,
            room.round_id,
            room.jurors[0],
            who=WHO,
            now=clock.now(),
            lifetime=rules.LINK_LIFETIME,
            mailed=True,
        )
    page = new_context(viewport="desk").new_page()
    page.goto(juror_mails.address(proxy.url, code))
    expect(page.get_by_role("heading", name="Lire sur cet appareil")).to_be_visible()
    expect(page.get_by_role("button", name="Appairer")).to_be_focused()
    assert faults(page) == []
    page.wait_for_timeout(1500)
    assert not used(room), "a program that only opens the link does not use it up"
    assert code not in page.url
    page.get_by_role("button", name="Appairer").click()
    expect(page.get_by_role("heading", name="Vous êtes bien Aline Vidal ?")).to_be_visible()
    assert used(room)
    page.get_by_label("Je n’ai de lien avec aucun").check()
    page.get_by_role("button", name="Aline Vidal").click()
    expect(page.get_by_text(PROJECTS[0]).first).to_be_visible()
