"""A tablet that goes from one juror to the next with values that have not left it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.jury.models import ScoreCell
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import Room
from tests.soundness import sound
from tests.tablet_screen import RECEIVED, cells, criteria, open_sheet, pair, status, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_tablet_passed_on_to_a_neighbour_sends_first_what_it_kept(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.goto("about:blank")
    page.goto(f"{proxy.url}/tablet/#{room.code(1)}")
    expect(page.get_by_role("alert").filter(has_text="le code n’a pas servi")).to_be_visible()
    expect(status(page)).to_contain_text("1 à envoyer")

    proxy.heal()
    page.goto("about:blank")
    pair(page, proxy.url, room, 1)
    open_sheet(page, 0)
    tap(page, 0, 2)
    expect(status(page)).to_have_text(RECEIVED)
    with room.db.reading() as session:
        given = session.execute(sa.select(ScoreCell.juror_id, ScoreCell.value)).all()
    assert set(given) == {(room.jurors[0], 4), (room.jurors[1], 2)}, "each value stays with who gave it"


def test_a_neighbour_reads_what_waits_from_before_and_hands_back_after_it_left(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    proxy.only = "/api/tablet/operations"
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.goto("about:blank")
    pair(page, proxy.url, room, 1)
    expect(status(page)).to_have_text("Gardé sur cette tablette · 1 à envoyer")
    expect(page.locator("#status")).to_contain_text("dont Aline Vidal\u202f: 1")
    page.locator("summary").click()
    about = page.locator(".about")
    about.get_by_role("button", name="Rendre la tablette").first.click()
    expect(about).to_contain_text("Pas encore\u202f: 1 saisie n’est pas arrivée.")
    sound(page)

    proxy.heal()
    expect(status(page)).to_have_text(RECEIVED, timeout=40_000)
    about.get_by_role("button", name="Rendre la tablette").first.click()
    about.get_by_role("button", name="Rendre la tablette et tout effacer ici").click()
    expect(page.get_by_label("Code d’appairage")).to_be_visible()
    assert cells(room) == {(0, criteria(room)[0]): 4}


def test_what_a_juror_with_a_newer_tablet_left_behind_is_told_to_who_holds_the_old_one(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    page.context.set_offline(True)
    tap(page, 0, 4)
    pair(new_context().new_page(), proxy.url, room)  # Aline goes on with another one
    page.goto("about:blank")
    page.context.set_offline(False)
    pair(page, proxy.url, room, 1)
    left = page.get_by_role("alert").filter(has_text="Aline Vidal")
    expect(left).to_contain_text(re.compile("1 saisie n’est pas arrivée.*ne peut plus l’envoyer"))
    expect(status(page)).to_have_text(RECEIVED)  # what Bruno does here arrives
    sound(page)
    with page.expect_download() as saving:
        left.get_by_role("button", name="Enregistrer le fichier").click()
    saved = json.loads(Path(saving.value.path()).read_text())
    assert saved["about"]["juror"]["last_name"] == "Vidal"
    assert [one["value"] for one in saved["operations"]] == [4]
    expect(left).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Bruno Castan")).to_be_visible()
    expect(left).to_be_hidden()
