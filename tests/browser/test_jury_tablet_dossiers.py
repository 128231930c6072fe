"""The juror reads what was filed: beside the scores, without a network, and never what is not theirs to read."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.models import Attachment, Round
from services.jury.use_cases import readings
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import WHO, Room
from tests.soundness import faults
from tests.tablet_screen import RECEIVED, pair, status, tap, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATER, SCHOOLS = "De l’eau à Mondolkiri", "Des écoles à Tuléar"
NEED = "Deux puits sur cinq sont à sec de février à mai.\n\nLes femmes marchent trois heures par jour."
PDF = b"%PDF-1.7\nstatuts\n%%EOF\n"


@pytest.fixture
def room(jury_app: Any, jury_db: Any, tmp_path: Path) -> Room:
    """Two accepted dossiers, a paper with the first; the round is open."""
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    call_id = open_call(jury_db)
    long = {"title": WATER, "need": NEED, "activities": "Creuser, former, entretenir. " * 40}
    made = add_filed(jury_db, call_id, long, {"title": SCHOOLS})
    digest = hashlib.sha256(PDF).hexdigest()
    (tmp_path / digest[:2]).mkdir()
    (tmp_path / digest[:2] / digest).write_bytes(PDF)
    with jury_db.transaction() as session:
        paper = {"file_name": "Statuts.pdf", "media_type": "application/pdf", "size": len(PDF), "sha256": digest}
        session.add(Attachment(application_id=made[0].id, paper="statuts", added_at=clock.now(), **paper))
    room = Room.of_dossiers(jury_db, call_id, made)
    with jury_db.transaction() as session:
        readings.set_reading(session, room.round_id, blind=False, shows_others=True, who=WHO, now=clock.now())
    room.open()
    return room


def open_project(page: Any, title: str) -> None:
    page.get_by_role("link", name=re.compile(title)).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def arrived(page: Any, title: str = WATER) -> None:
    """Wait until the dossier of a project is on the tablet, and come back to its sheet."""
    page.get_by_role("link", name="Lire le dossier").click()
    expect(page.get_by_role("heading", name="Le besoin")).to_be_visible()
    page.get_by_role("link", name="Revenir à ma fiche").click()
    expect(page.get_by_role("link", name="Lire le dossier")).to_be_visible()


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("AGORA_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_what_was_filed_is_read_without_a_network(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone", has_touch=True).new_page()
    pair(page, proxy.url, room, first=WATER)
    open_project(page, WATER)
    arrived(page)
    page.context.set_offline(True)
    page.reload()
    tap(page, 1, 3)
    page.get_by_role("link", name="Lire le dossier").click()
    expect(page.locator(".dossier")).to_contain_text("Deux puits sur cinq sont à sec")
    picture(page, "tablet-dossier-phone")
    assert page.locator(".typed").first.evaluate("e => getComputedStyle(e).whiteSpace") == "pre-line"
    expect(page.locator(".money").first.locator(".sum")).to_contain_text("20 000 €".replace(" ", "\u202f"))
    page.locator("summary", has_text="Dans ce dossier").click()
    page.get_by_role("button", name="Les activités").click()
    expect(page.get_by_role("heading", name="Les activités")).to_be_focused()
    expect(page.get_by_role("heading", name="Les activités")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
    page.get_by_role("link", name="Revenir à ma fiche").click()
    expect(page.locator(".criterion").nth(1).locator("input:checked")).to_have_value("3")
    page.context.set_offline(False)
    expect(status(page)).to_have_text(RECEIVED)


def test_the_sheet_is_where_one_left_it(proxy: FaultProxy, room: Room, new_context: Callable[..., Any]) -> None:
    page = new_context(viewport="tablet", has_touch=True).new_page()
    pair(page, proxy.url, room, first=WATER)
    open_project(page, WATER)
    arrived(page)
    page.mouse.wheel(0, 120)
    page.wait_for_function("scrollY > 50")
    before = page.evaluate("scrollY")
    page.get_by_role("link", name="Lire le dossier").evaluate("e => e.click()")
    expect(page.get_by_role("heading", name="Le besoin")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator(".criterion").first).to_be_visible()
    page.wait_for_function("before => Math.abs(scrollY - before) < 3", arg=before)


def test_a_paper_comes_over_the_network_only(proxy: FaultProxy, room: Room, new_context: Callable[..., Any]) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room, first=WATER)
    open_project(page, WATER)
    page.get_by_role("link", name="Lire le dossier").click()
    button = page.get_by_role("button", name="Statuts.pdf")
    expect(button).to_be_visible()
    with page.expect_download() as download:
        button.click()
    assert Path(download.value.path()).read_bytes() == PDF
    assert download.value.suggested_filename == "Statuts.pdf"
    page.context.set_offline(True)
    button.click()
    expect(page.locator(".papers [role=status]")).to_contain_text("Réessayez quand le réseau répond")


def test_who_steps_back_sees_nothing_of_it_any_more(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room, first=WATER)
    open_project(page, WATER)
    page.get_by_role("link", name="Lire le dossier").click()
    expect(page.locator(".dossier")).to_contain_text("Deux puits")
    room.recuse(0, 0)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", level=1, name=WATER)).to_have_count(0, timeout=30_000)
    expect(page.locator("body")).not_to_contain_text("Deux puits")
    until(lambda: _kept(page, room) == [str(room.projects[1])])


def test_a_tablet_that_changes_hands_keeps_no_dossier_and_no_link_of_who_had_it(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room, first=WATER)
    until(lambda: len(_kept(page, room)) == 2)
    open_project(page, SCHOOLS)
    page.get_by_role("button", name="Déclarer un lien").click()
    page.get_by_label("Lequel, en quelques mots").fill("Ma sœur y travaille")
    page.get_by_role("button", name="Me récuser de ce projet").click()
    until(lambda: "declared" in _records(page, room))
    expect(status(page)).to_have_text(RECEIVED)
    pair(page, proxy.url, room, juror=1, first=WATER)
    until(lambda: len(_kept(page, room, juror=1)) == 2)
    assert _kept(page, room) == []
    assert "declared" not in _records(page, room)
    open_project(page, WATER)
    page.get_by_role("link", name="Lire le dossier").click()
    expect(page.locator(".dossier")).to_contain_text("Deux puits")
    elsewhere = new_context(viewport="tablet").new_page()
    pair(elsewhere, proxy.url, room, juror=1, first=WATER)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("body")).not_to_contain_text("Deux puits", timeout=30_000)
    expect(page.get_by_role("link", name="Lire le dossier")).to_have_count(0)
    until(lambda: _kept(page, room, juror=1) == [])


def _kept(page: Any, room: Room, juror: int = 0) -> list[str]:
    """The projects whose dossiers are on the device, as that juror's."""
    return [name.removeprefix("dossier/") for name in _records(page, room, juror) if name.startswith("dossier/")]


def _records(page: Any, room: Room, juror: int = 0) -> list[str]:
    """The names of what the tablet keeps for that juror."""
    name = f"agora-jury-{room.round_id}-{room.jurors[juror]}"
    read = """name => new Promise((resolve) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => {
        const asked = opening.result.transaction("drawer").objectStore("drawer").getAllKeys();
        asked.onsuccess = () => resolve(asked.result);
      };
    })"""
    return list(page.evaluate(read, name))


def test_the_others_scores_are_shown_once_mine_are_in(
    proxy: FaultProxy, room: Room, jury_client: Any, new_context: Callable[..., Any]
) -> None:
    other = room.tablet(jury_client, 1)
    with room.db.reading() as session:
        frozen = session.get_one(Round, room.round_id).frozen or {}
    other.score(room.projects[0], [one["max"] for one in frozen["criteria"]])
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room, first=WATER)
    open_project(page, WATER)
    for criterion in range(page.locator(".criterion").count()):
        tap(page, criterion, 1)
    expect(status(page)).to_have_text(RECEIVED)
    page.get_by_role("button", name="Voir les notes des autres").click()
    expect(page.locator(".others [role=status]")).to_contain_text("20,00")
