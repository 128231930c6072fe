"""The pictures in `docs/images/`: taken while the play goes on, in a real browser, at three widths."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image

from deploy.local import packages
from deploy.local.demo.browser import Browser

WIDTHS = {"phone": (360, 740), "tablet": (820, 1180), "desk": (1440, 900)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Camera:
    """Takes pictures into `folder`; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        from playwright.sync_api import sync_playwright

        path = packages.chromium()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._chromium.close()
        self._playwright.stop()

    def take(self, name: str, url: str, *, by: Browser | None = None, width: str = "desk", whole: bool = False) -> None:
        """`<folder>/<name>.png` of a page. by: whose cookies to use. whole: down to the page's end."""
        context = self._open(width)
        if by is not None:
            context.add_cookies(
                [{"name": c.name, "value": c.value, "domain": c.domain, "path": c.path} for c in by.cookies()]
            )
        page = context.new_page()
        page.goto(url, wait_until="networkidle")
        self._shoot(page, name, whole=whole)
        context.close()

    def desk(self, url: str, name: str) -> None:
        """Open a desk with the code in `url`, off the network: someone of that name is found and admitted."""
        context = self._open("tablet")
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Ouvrir le poste").click()
        page.get_by_text("Tout est reçu").wait_for()
        context.set_offline(True)
        page.get_by_label("Chercher").fill(name)
        page.get_by_role("button", name=re.compile("^Admettre")).first.click()
        page.get_by_role("button", name="Noter, pour s’exercer").click(delay=600)  # the day is still to come
        page.get_by_text("1 à envoyer, gardé ici").wait_for()
        self._shoot(page, "registration-desk-offline")
        context.set_offline(False)
        page.get_by_text("Tout est reçu").wait_for(timeout=60_000)
        context.close()

    def tablet(self, url: str) -> None:
        """Pair a tablet with the code in `url`, then the list of projects and one sheet."""
        context = self._open("tablet")
        page = context.new_page()
        page.goto(url)
        page.get_by_label(re.compile("Je n’ai de lien avec aucun")).check()
        page.get_by_role("button", name=re.compile("Oui, je suis")).click()
        page.get_by_role("link", name=re.compile("Eau potable")).wait_for()
        self._shoot(page, "jury-tablet-list")
        page.get_by_role("link", name=re.compile("Eau potable")).click()
        page.locator(".criterion").first.wait_for()
        context.set_offline(True)
        page.locator(".criterion").first.locator(".level").nth(4).click()
        page.locator(".criterion").nth(1).locator(".level").nth(5).click()
        page.wait_for_timeout(1500)
        self._shoot(page, "jury-tablet-sheet")
        context.set_offline(False)
        page.wait_for_timeout(3000)
        context.close()

    def _shoot(self, page: Any, name: str, *, whole: bool = False) -> None:
        """In 256 colours: the pages have few, and the repository keeps every picture it ever had."""
        taken = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
        small = taken.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(self.folder / f"{name}.png", optimize=True)

    def _open(self, width: str) -> Any:
        wide, high = WIDTHS[width]
        context = self._chromium.new_context(
            viewport={"width": wide, "height": high}, locale="fr-FR", timezone_id="Europe/Paris"
        )
        context.set_default_timeout(20_000)
        return context
