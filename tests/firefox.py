"""Firefox ESR from the system's packages, driven over Marionette: its own protocol, on a socket of its own.

A message is its length, a colon and JSON: [0, id, command, parameters] one way, [1, id, error, result] the other. See
https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.local import packages
from deploy.local.processes import LocalError
from tests.webkit import ELEMENT, Failed, Window

SETTINGS: dict[str, Any] = {
    "marionette.port": 0,  # a free one; it is told in MarionetteActivePort
    "intl.accept_languages": "fr",
    "browser.startup.page": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    # It must call nobody but the page.
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
}


class Firefox(Window):
    """One window of a browser that can be killed at any instant and opened again with the same profile."""

    def __init__(self, profile: Path) -> None:
        try:
            packages.ensure("firefox-esr", present=lambda: packages.find("firefox-esr") is not None)
        except LocalError as missing:
            pytest.skip(f"no Firefox can be had here: {missing}")
        self.profile = profile
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in SETTINGS.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.start()

    def start(self) -> None:
        told = self.profile / "MarionetteActivePort"
        told.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [str(packages.find("firefox-esr")), "--headless", "--marionette", "--no-remote", "--profile", self.profile],
            env=os.environ | {"HOME": str(self.profile), "LANGUAGE": "fr", "MOZ_CRASHREPORTER_DISABLE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 90
        while not (told.exists() and told.read_text().strip()):
            assert self.process.poll() is None, "Firefox ended by itself"
            assert time.monotonic() < deadline, "Firefox did not start"
            time.sleep(0.1)
        self.socket = socket.create_connection(("127.0.0.1", int(told.read_text())), timeout=60)
        self.stream = self.socket.makefile("rb")
        self.asked = 0
        self._read()  # who it is
        self.command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "eager"}}})

    def kill(self) -> None:
        """SIGKILL to the browser and its children: nothing is flushed, nobody says goodbye."""
        self.stream.close()
        self.socket.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            one = self.stream.read(1)
            assert one, "Firefox hung up"
            length += one
        return json.loads(self.stream.read(int(length[:-1])))

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        self.asked += 1
        sent = json.dumps([0, self.asked, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(sent), sent))
        kind, number, error, result = self._read()
        assert (kind, number) == (1, self.asked)
        if error:
            raise Failed(f"{error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) and result.keys() == {"value"} else result

    def open(self, url: str) -> None:
        self.command("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        return self.command("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})

    def press(self, selector: str) -> None:
        found = self.command("WebDriver:FindElement", {"using": "css selector", "value": selector})[ELEMENT]
        self.command("WebDriver:ElementClick", {"id": found})
