"""WebKit from the system's packages, driven over W3C WebDriver: the engine of iPads, as near as Debian has it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from deploy.local import packages
from deploy.local.processes import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Failed(Exception):
    """What the driver answered, in its own words."""


class Window:
    """One browser window: the few commands that a juror's journey needs. Firefox speaks them otherwise."""

    def __init__(self, session: str) -> None:
        self.session = session

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, f"{self.session}{path}", json=body, timeout=60)
        value = answer.json()["value"]
        if answer.status_code != 200:
            raise Failed(f"{value.get('error')}: {value.get('message')}")
        return value

    def open(self, url: str) -> None:
        self.ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """As a person does: where the element is on screen."""
        middle = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })"
        self.run(middle, selector)
        self.press(selector)

    def press(self, selector: str) -> None:
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.ask("POST", f"/element/{found}/click", {})

    def text(self, selector: str) -> str:
        """What stands there; empty while the element is not."""
        found = self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)
        return str(found)

    def wait(self, selector: str, words: str = "", seconds: float = 30) -> None:
        """Until the element is visible and holds these words."""
        shown = "const e = document.querySelector(arguments[0]); return Boolean(e && e.offsetParent !== null)"
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(Failed):  # a page that is being loaded has no document
                if self.run(shown, selector) and words in self.text(selector):
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"{selector} never said “{words}”, but: {self.text('body')[:500]}")
            time.sleep(0.1)


def _installed() -> bool:
    return all((packages.find("WebKitWebDriver"), packages.find("Xvfb"), _browser()))


def _browser() -> Path | None:
    return packages.find("MiniBrowser", folders=("/usr/lib/*/webkit2gtk-4.*",))


@contextlib.contextmanager
def webkit() -> Iterator[Window]:
    """A window of WebKitGTK's MiniBrowser on a screen of its own; everything ends with it."""
    packages.ensure("webkit2gtk-driver", "xvfb", present=_installed)
    with contextlib.ExitStack() as stack:
        display = _screen(stack)
        port = free_port()
        environment = os.environ | {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "LANGUAGE": "fr"}
        # WebKit's own sandbox needs namespaces that containers do not grant; the page is ours.
        environment["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        _start(stack, ["WebKitWebDriver", f"--port={port}"], environment)
        address = f"http://127.0.0.1:{port}"
        _until_up(f"{address}/status")
        options = {"binary": str(_browser()), "args": ["--automation"]}
        wish = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        made = requests.post(f"{address}/session", json=wish, timeout=120)
        made.raise_for_status()
        window = Window(f"{address}/session/{made.json()['value']['sessionId']}")
        stack.callback(window.ask, "DELETE", "")
        yield window


def _screen(stack: contextlib.ExitStack) -> str:
    """A virtual screen; Xvfb chooses its number and tells it."""
    reading, writing = os.pipe()
    _start(stack, ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1000x1300x24"], dict(os.environ), writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    assert number, "Xvfb did not start"
    return f":{number}"


def _start(stack: contextlib.ExitStack, command: list[str], environment: dict[str, str], *keep: int) -> None:
    child = subprocess.Popen(
        command, env=environment, pass_fds=keep, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def stop() -> None:
        child.terminate()
        child.wait(15)

    stack.callback(stop)


def _until_up(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=5)
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")
