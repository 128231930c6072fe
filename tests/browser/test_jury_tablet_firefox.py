"""The juror's journey in Firefox: score, lose the network, see the browser die, open it again, come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.fault_proxy import FaultProxy
from tests.firefox import Firefox
from tests.jury_room import Room
from tests.tablet_screen import RECEIVED, applied_once, cells, criteria
from tests.tablet_window import chosen, pair, sheet, tap

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Firefox]:
    opened = Firefox(tmp_path)
    yield opened
    opened.kill()


def test_what_was_kept_in_firefox_survives_its_death(window: Firefox, proxy: FaultProxy, room: Room) -> None:
    grid = criteria(room)
    pair(window, proxy, room)
    sheet(window, proxy, room, 0)
    tap(window, room, 0, 4)
    window.wait("#status b", RECEIVED)

    proxy.fault = "reset"
    tap(window, room, 2, 5)
    tap(window, room, 0, 3)
    window.wait("#status b", "Gardé sur cette tablette · 2 à envoyer")
    window.kill()
    window.start()
    sheet(window, proxy, room, 0)
    window.wait("#status b", "Gardé sur cette tablette · 2 à envoyer")
    assert chosen(window) == ["3", "5"]
    assert cells(room) == {(0, grid[0]): 4}

    proxy.heal()
    window.wait("#status b", RECEIVED, seconds=45)
    assert cells(room) == {(0, grid[0]): 3, (0, grid[2]): 5}
    applied_once(room)
