"""Whatever happens in whatever order, what the screen called kept is on the server in the end, applied once.

Each schedule is drawn from its seed: taps, words, faults of the network, reloads, and in one of four a browser killed
with SIGKILL. `make test` plays 12, in which every fault comes up, `make chaos-tablet` 500; `make chaos-tablet ARGS=7`
plays the seed 7 alone.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, Room
from tests.tablet_screen import RECEIVED, Device, applied_once, cells, criteria, pair, status, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEEDS = [int(one) for one in os.environ.get("AGORA_TABLET_SEEDS", "").split()]
SCHEDULES = int(os.environ.get("AGORA_TABLET_SCHEDULES", "12"))
STEPS = 10
FAULTS = [None, None, "drop", "bad_gateway", "portal", "reset", "empty", "redirect"]
RATES = {"drop": 0.2, "delay": 0.2, "reset": 0.1, "stall": 0.02}

Wanted = dict[tuple[int, str], set[Any]]


@pytest.fixture(scope="module")
def device(browser: Any, chromium_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """One browser for all: each schedule has an address of its own, and with it a storage of its own."""
    made = Device(browser.browser_type, chromium_path, tmp_path_factory.mktemp("tablet") / "profile")
    yield made
    made.kill()


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


@pytest.mark.parametrize("seed", SEEDS or range(1, SCHEDULES + 1))
def test_what_is_kept_arrives_once(
    seed: int, room: Room, device: Device, jury_app: Any, serve: Callable[[Any], str]
) -> None:
    proxy = FaultProxy(serve(jury_app), seed=seed)
    try:
        play(seed, proxy, room, device)
    except BaseException as error:
        error.add_note(f'again: make chaos-tablet ARGS="{seed}"; requests: {proxy.seen[-12:]}')
        raise
    finally:
        device.page.goto("about:blank")
        proxy.close()


def play(seed: int, proxy: FaultProxy, room: Room, device: Device) -> None:
    lots = random.Random(seed)
    pair(device.page, proxy.url, room)
    device.page.evaluate("navigator.serviceWorker.ready.then(() => true)")  # the shell is stored
    proxy.rates = dict(RATES)
    wanted: Wanted = {}
    kill_at = lots.randrange(STEPS) if lots.random() < 0.25 else None
    for step in range(STEPS):
        if step == kill_at:
            kill(proxy, room, device, lots, wanted)
        else:
            act(step, proxy, room, device, lots, wanted)
    proxy.heal()
    device.page.goto(f"{proxy.url}/tablet/#/")
    device.page.reload()
    expect(status(device.page)).to_have_text(RECEIVED, timeout=30_000)

    found = cells(room)
    for cell, values in wanted.items():
        assert found.get(cell) in values, (cell, values)
    assert set(found) <= set(wanted)
    applied_once(room)


def act(step: int, proxy: FaultProxy, room: Room, device: Device, lots: random.Random, wanted: Wanted) -> None:
    """One thing that a person or the network does."""
    page, grid = device.page, criteria(room)
    name = lots.choices(["tap", "erase", "word", "fault", "reload", "wait"], [10, 1, 2, 4, 2, 1])[0]
    project, criterion, level = lots.randrange(4), lots.randrange(len(grid)), lots.randrange(6)
    if name in ("tap", "erase", "word"):
        page.goto(f"{proxy.url}/tablet/#/p/{room.projects[project]}")
        expect(page.get_by_role("heading", level=1, name=PROJECTS[project])).to_be_visible()
    if name == "tap":
        tap(page, criterion, level)
        wanted[project, grid[criterion]] = {level}
    elif name == "erase":
        tap(page, criterion, level)
        field = page.locator(".criterion").nth(criterion)
        field.get_by_role("button", name="Effacer").click()
        expect(field.locator("input:checked")).to_have_count(0)
        expect(field.locator(".sync")).to_have_text(re.compile("^$|gardé"))
        wanted[project, grid[criterion]] = {None}
    elif name == "word":
        words = f"Mot n° {step}"
        page.get_by_role("textbox", name="Commentaire pour le jury").fill(words)
        expect(page.locator(".text-field").first.locator(".sync")).to_have_text(re.compile("gardé|reçu"))
        wanted[project, "comment"] = {words}
    elif name == "fault":
        proxy.fault = lots.choice(FAULTS)
    elif name == "reload":
        page.reload()
    else:
        page.wait_for_timeout(lots.randrange(100, 1500))


def kill(proxy: FaultProxy, room: Room, device: Device, lots: random.Random, wanted: Wanted) -> None:
    """Right after a tap: nobody knows whether it was stored, but then it was never called kept."""
    page, grid = device.page, criteria(room)
    project, criterion, level = lots.randrange(4), lots.randrange(len(grid)), lots.randrange(6)
    page.goto(f"{proxy.url}/tablet/#/p/{room.projects[project]}")
    expect(page.get_by_role("heading", level=1, name=PROJECTS[project])).to_be_visible()
    page.locator(".criterion").nth(criterion).locator(".level").nth(level).click()
    wanted[project, grid[criterion]] = wanted.get((project, grid[criterion]), {None}) | {level}
    device.restart(f"{proxy.url}/tablet/")
