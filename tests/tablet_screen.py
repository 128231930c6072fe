"""What people do on the jury's tablet, in Playwright, and what the server holds afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from services.jury import rules
from services.jury.models import OperationLog, Round
from tests.chromium import FLAGS
from tests.jury_room import PROJECTS, Room

KEPT = re.compile(r"Gardé sur cette tablette")
RECEIVED = "Reçu. Rien à envoyer."


def pair(page: Any, url: str, room: Room, juror: int = 0, first: str = PROJECTS[0]) -> None:
    """Scan the code, say yes, declare no link: the list is shown. first: the title of a project on it."""
    page.goto(f"{url}/tablet/#{room.code(juror)}")
    asked = page.get_by_role("heading", name=re.compile("Vous êtes bien"))
    expect(asked.or_(page.locator("#slow"))).to_be_visible()
    if page.locator("#slow").is_visible():
        # A browser just started drops its first requests now and then; the page says to load it again.
        page.reload()
    expect(asked).to_be_visible()
    page.get_by_label("Je n’ai de lien avec aucun autre projet.").check()
    page.get_by_role("button", name=re.compile("Oui, je suis")).click()
    expect(page.get_by_role("link", name=re.compile(first))).to_be_visible()


def open_sheet(page: Any, project: int) -> None:
    page.get_by_role("link", name=re.compile(PROJECTS[project])).click()
    expect(page.get_by_role("heading", level=1, name=PROJECTS[project])).to_be_visible()


def tap(page: Any, criterion: int, level: int) -> None:
    """Choose a level and wait until the sheet says that it is kept, or already received."""
    field = page.locator(".criterion").nth(criterion)
    field.locator(".level").nth(level).click()
    expect(field.locator(".sync")).to_have_text(re.compile("gardé|reçu"))


def status(page: Any) -> Any:
    return page.locator("#status b")


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what no element of the page shows."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except PlaywrightError:
            pass  # the page is being loaded anew
        assert time.monotonic() < deadline
        time.sleep(0.1)


def cells(room: Room, juror: int = 0) -> dict[tuple[int, str], Any]:
    """What the server holds for one juror: (project from 0, field) → value."""
    places = {str(project): n for n, project in enumerate(room.projects)}
    return {
        (places[project], field): value
        for (who, project, field), (value, _version) in room.cells().items()
        if who == str(room.jurors[juror]) and value is not None
    }


def criteria(room: Room) -> list[str]:
    return [criterion["id"] for criterion in room.get(Round, room.round_id).frozen["criteria"]]


def applied_once(room: Room) -> None:
    """Each operation wrote its cell at most once, and the history replays to the table."""
    history = room.history()
    written = [entry["operation_id"] for entry in history if entry["written"]]
    assert len(written) == len(set(written))
    with room.db.reading() as session:
        applied = session.scalars(sa.select(OperationLog.id).where(OperationLog.outcome == "applied")).all()
    assert sorted(written) == sorted(str(one) for one in applied)
    assert rules.history_to_cells(history) == room.cells()


class Device:
    """A tablet that can be switched off at any instant: a browser process of its own, with a profile on disk."""

    def __init__(self, browser_type: Any, executable: Path, profile: Path) -> None:
        self.browser_type, self.executable, self.profile = browser_type, executable, profile
        self.start()

    def start(self) -> None:
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        command = [self.executable, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={self.profile}"]
        self.process = subprocess.Popen(
            [*command, *FLAGS, "--lang=fr", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 30
        while not port_file.exists() or "\n" not in port_file.read_text():
            assert time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.05)
        port = port_file.read_text().split("\n")[0]
        self.browser = self.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.context = self.browser.contexts[0]
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.set_viewport_size({"width": 820, "height": 1180})

    def kill(self) -> None:
        """SIGKILL to the browser and its children: nothing is flushed, nobody says goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.browser.close()

    def restart(self, url: str) -> None:
        self.kill()
        self.start()
        self.page.goto(url)
