"""A real browser: Chromium from the system's packages, driven by Playwright, at three widths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.slow_line import slow_disk

VIEWPORTS = {"phone": (360, 740), "tablet": (820, 1180), "desk": (1440, 900)}
# Milliseconds that a page or an expectation may take: a busy machine is slow, not wrong.
PATIENCE = 30_000
# Of two lists of features that are off, Chromium reads the last: Playwright's own come first here. The list
# below the address bar is a page by itself, made again for each context: half of what a context cost.
OFF = """
AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades HttpsFirstBalancedModeAutoEnable
LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning AvoidCorsURLLoaderRestartOnRedirect
OptimizationHints NetworkTimeServiceQuerying AimEnabled PreconnectToSearch
WebUIOmniboxPopup WebUIOmniboxAimPopup WebUIOmniboxFullPopup
""".split()
FLAGS = [
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def filmed(film: Path, *, allowed: bool = True) -> list[str]:
    """Flags of a Chromium whose camera plays this film. Without windows it can ask nobody: allowed answers for them."""
    answer = "--use-fake-ui-for-media-stream" + ("" if allowed else "=deny")
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}", answer]


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Any]:
    """One Chromium for the whole session; each test has its own context in it."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium_path), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def viewport() -> str:
    """phone, tablet or desk; replace it with `@pytest.mark.parametrize("viewport", ["phone", "desk"])`."""
    return "desk"


@pytest.fixture
def new_context(browser: Any, viewport: str) -> Iterator[Callable[..., Any]]:
    """new_context(**options) is one more person with a browser: own cookies, own storage.

    The test fails at its end if a script of ours raised, or the content security policy refused something.
    """
    made: list[Any] = []
    complaints: list[str] = []

    def listen(page: Any) -> None:
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type == "error" and "Content Security Policy" in message.text
                else None
            ),
        )

    def context(**options: Any) -> Any:
        width, height = VIEWPORTS[options.pop("viewport", viewport)]
        options = {"locale": "fr-FR", "timezone_id": "Europe/Paris"} | options
        opened = slow_disk(browser.new_context(viewport={"width": width, "height": height}, **options))
        opened.on("page", listen)
        made.append(opened)
        return opened

    yield context
    for opened in made:
        opened.close()
    assert complaints == []


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Any:
    """A fresh page at the width of `viewport`."""
    return new_context().new_page()
