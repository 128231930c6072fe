"""The code of a lent tablet: what it hides, what goes on behind it, and how it is opened without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, Room
from tests.soundness import faults
from tests.tablet_screen import RECEIVED, cells, criteria, open_sheet, pair, status, tap, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def choose(page: Any, code: str) -> None:
    page.locator("summary").click()
    page.get_by_role("button", name="Protéger par un code").click()
    page.get_by_label("Code choisi").fill("12")
    page.get_by_role("button", name="Garder ce code").click()
    expect(page.get_by_role("alert").filter(has_text="De 4 à 8 chiffres")).to_be_visible()
    page.get_by_label("Code choisi").fill(code)
    page.get_by_role("button", name="Garder ce code").click()
    expect(page.locator(".pin")).to_contain_text("Un code est demandé")


def test_a_locked_tablet_shows_nothing_sends_all_and_opens_with_its_code(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    context = new_context(viewport="tablet")
    page = context.new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.get_by_role("link", name="Liste").click()
    choose(page, "2468")
    page.get_by_role("button", name="Verrouiller maintenant").click()

    for again in (False, True):  # loading it anew changes nothing
        if again:
            page.reload()
        expect(page.get_by_role("heading", name="Tablette protégée")).to_be_visible()
        for private in (PROJECTS[0], "Vidal"):
            expect(page.get_by_text(re.compile(private)).locator("visible=true")).to_have_count(0)
    page.goto(f"{proxy.url}/tablet/#/p/{room.projects[0]}")
    expect(page.get_by_role("heading", name="Tablette protégée")).to_be_visible()
    assert faults(page) == []
    proxy.heal()
    until(lambda: cells(room) == {(0, criteria(room)[0]): 4}, 40)
    expect(status(page)).to_have_text(RECEIVED)

    page.get_by_label("Code de cette tablette").fill("1357")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("alert").filter(has_text="Ce n’est pas ce code")).to_be_visible()
    page.get_by_label("Code de cette tablette").fill("2468")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("heading", level=1, name=PROJECTS[0])).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1, name=PROJECTS[0])).to_be_visible()  # this tab was opened already


def test_guessing_has_to_wait_and_a_new_pairing_opens(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.only = "/api/tablet/operations"
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.goto("about:blank")
    pair(page, proxy.url, room, juror=1)
    expect(page.locator("#status")).to_contain_text("dont Aline Vidal")  # it still waits here
    choose(page, "2468")
    page.get_by_role("button", name="Verrouiller maintenant").click()
    expect(page.locator("#status")).not_to_contain_text("Vidal")
    for _ in range(5):
        page.get_by_label("Code de cette tablette").fill("0000")
        page.get_by_role("button", name="Ouvrir").click()
        expect(page.get_by_label("Code de cette tablette")).to_have_value("")
    expect(page.get_by_role("alert").filter(has_text="attendez 30 secondes")).to_be_visible()
    page.get_by_label("Code de cette tablette").fill("2468")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("alert").filter(has_text=re.compile("attendez"))).to_be_visible()
    expect(page.get_by_role("heading", name="Tablette protégée")).to_be_visible()
    page.goto("about:blank")
    pair(page, proxy.url, room)
    page.reload()
    expect(page.get_by_role("link", name=re.compile(PROJECTS[0]))).to_be_visible()
