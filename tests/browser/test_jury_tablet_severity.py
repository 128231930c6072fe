"""After the closing a juror compares their own severity with the others', on their tablet alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import Room
from tests.tablet_screen import pair

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_it_is_offered_after_the_closing_and_says_when_too_little_can_be_compared(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    offered = page.get_by_role("button", name="Ma sévérité à côté de celle des autres")
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    expect(offered).to_have_count(0)
    room.close()
    page.reload()
    offered.click()
    expect(page.get_by_text("Trop peu à comparer")).to_be_visible()
