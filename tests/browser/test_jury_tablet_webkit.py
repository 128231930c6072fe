"""The juror's journey in WebKit: score, lose the network, go on, come back, hand the tablet back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import Room
from tests.tablet_screen import RECEIVED, applied_once, cells, criteria, until
from tests.tablet_window import chosen, pair, sheet, tap
from tests.webkit import Window, webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    with webkit() as opened:
        yield opened


def test_a_juror_scores_in_webkit(window: Window, proxy: FaultProxy, room: Room) -> None:
    grid = criteria(room)
    pair(window, proxy, room)
    sheet(window, proxy, room, 0)
    tap(window, room, 0, 4)
    tap(window, room, 1, 0)
    window.wait("#status b", RECEIVED)
    assert cells(room) == {(0, grid[0]): 4, (0, grid[1]): 0}
    until(lambda: "Pas encore prête" not in window.text("#status"))

    proxy.fault = "reset"
    tap(window, room, 2, 5)
    tap(window, room, 0, 3)
    window.wait("#status b", "Gardé sur cette tablette · 2 à envoyer")
    proxy.only = "/"  # from now on not even the page can be fetched
    window.open("about:blank")
    sheet(window, proxy, room, 0)
    window.wait("#status b", "Gardé sur cette tablette · 2 à envoyer")
    assert chosen(window) == ["3", "0", "5"]
    assert cells(room) == {(0, grid[0]): 4, (0, grid[1]): 0}

    proxy.heal()
    window.wait("#status b", RECEIVED, seconds=45)
    assert cells(room) == {(0, grid[0]): 3, (0, grid[1]): 0, (0, grid[2]): 5}
    applied_once(room)
