"""What a juror does on the tablet, in a window that is driven over WebDriver or Marionette."""

from __future__ import annotations

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import Room
from tests.tablet_screen import criteria
from tests.webkit import Window


def pair(window: Window, proxy: FaultProxy, room: Room) -> None:
    """Scan the code, say yes, declare no link: the list is shown."""
    window.open(f"{proxy.url}/tablet/#{room.code()}")
    window.wait("#pane h1", "Vous êtes bien")
    window.wait(".link")  # until then the button is not there to be pressed
    window.click("#no-link")
    window.click("#pane .actions .btn-main")
    window.wait(".projects li")


def sheet(window: Window, proxy: FaultProxy, room: Room, project: int) -> None:
    window.open(f"{proxy.url}/tablet/#/p/{room.projects[project]}")
    window.wait(".criterion")


def tap(window: Window, room: Room, criterion: int, level: int) -> None:
    name = criteria(room)[criterion]
    window.click(f"[id='c-{name}'] .level:nth-child({level + 1})")
    window.wait(f"[id='c-{name}'] .sync[data-sync='kept'], [id='c-{name}'] .sync[data-sync='received']")


def chosen(window: Window) -> list[str]:
    """The levels that the open sheet shows as chosen."""
    found: list[str] = window.run(
        "return [...document.querySelectorAll('.criterion input:checked')].map((one) => one.value)"
    )
    return found
