"""A volunteer's journey in WebKit and in Firefox: pair, admit, lose the network, admit again, come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.registration.use_cases import desk as use_cases
from shared import clock
from shared.db import Database
from tests.browser.test_registration_desk import MORNING, expecting, present
from tests.chaos.fault_proxy import FaultProxy
from tests.firefox import Firefox
from tests.webkit import Window, webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=["webkit", "firefox"])
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Window]:
    if request.param == "webkit":
        with webkit() as opened:
            yield opened
        return
    firefox = Firefox(tmp_path)
    yield firefox
    firefox.kill()


@pytest.fixture
def code(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    with registration_db.transaction() as session:
        return use_cases.open_desk(session, expecting(session).id, MORNING, who="test")[1]


@pytest.fixture
def proxy(registration_app: Any, serve: Callable[[Any], str]) -> Iterator[FaultProxy]:
    made = FaultProxy(serve(registration_app), seed=1)
    yield made
    made.close()


def admit(window: Window, letters: str) -> None:
    typed = "const e = document.querySelector('#search'); e.value = arguments[0]; e.dispatchEvent(new Event('input'))"
    window.run(typed, letters)
    window.wait("#found .person .btn-main")
    window.click("#found .person .btn-main")
    window.wait("#found .person.is-in")


def test_a_volunteer_admits_in_another_browser(
    window: Window, proxy: FaultProxy, code: str, registration_db: Database
) -> None:
    proxy.fault, proxy.only = "reset", "/poste/sw.js"
    window.open(f"{proxy.url}/poste/#code={code}")
    window.wait("#pane form .btn-main")
    window.click("#pane form .btn-main")
    window.wait("#search")
    window.wait("#status", "pas encore prêt sans réseau")
    proxy.heal()
    window.wait("#status > .pill-done:only-child", "Tout est reçu")
    admit(window, "rak")
    window.wait("#status", "Tout est reçu")
    assert present(registration_db) == {"Rakotondrainibé"}

    proxy.fault, proxy.only = "reset", "/api/"
    admit(window, "celik")
    window.wait("#status", "1 à envoyer, gardé ici")
    proxy.only = "/"  # from now on not even the page can be fetched
    window.open("about:blank")
    window.open(f"{proxy.url}/poste/")
    window.wait("#status", "1 à envoyer, gardé ici")
    assert present(registration_db) == {"Rakotondrainibé"}

    proxy.heal()
    window.wait("#status", "Tout est reçu", seconds=45)
    assert present(registration_db) == {"Rakotondrainibé", "Çelik"}
