"""Badges held up to a camera at the desk: in Chromium from a film, in WebKit and Firefox from a drawn one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import segno
import sqlalchemy as sa
from playwright.sync_api import expect

from deploy.local import browser as scripts
from services.registration.models.desk import Attendance, Desk
from services.registration.models.registrations import Registration
from services.registration.use_cases import desk as use_cases
from shared import clock
from shared.db import Database
from tests.browser.test_registration_desk import MORNING, expecting, paired, present
from tests.chromium import FLAGS, filmed
from tests.firefox import Firefox
from tests.integration.registration_people import DAY
from tests.slow_line import slow_disk
from tests.soundness import sound
from tests.tablet_screen import until
from tests.webkit import Window, webkit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 480, 5
FOREIGN = "https://example.org/menu"


@pytest.fixture(scope="module", autouse=True)
def reader() -> None:
    scripts.fetch()


@pytest.fixture
def code(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    with registration_db.transaction() as session:
        return use_cases.open_desk(session, expecting(session).id, MORNING, who="test")[1]


@pytest.fixture
def ticket(code: str, registration_db: Database) -> str:
    with registration_db.reading() as session:
        return str(session.scalars(sa.select(Registration.ticket).where(Registration.first_name == "Soa")).one())


@pytest.fixture
def site(registration_app: Any, serve: Callable[[Any], str]) -> str:
    return serve(registration_app)


@pytest.fixture
def context(browser: Any, chromium_path: Path, tmp_path: Path, ticket: str) -> Iterator[Callable[..., Any]]:
    """A Chromium whose camera, when allowed, plays a film: Soa's badge, an empty table, a menu, and so on."""
    film = tmp_path / "camera.y4m"
    film.write_bytes(y4m([(ticket, 3), ("", 3), (FOREIGN, 2)]))
    with ExitStack() as stack:

        def context(*, allowed: bool = True, **options: Any) -> Any:
            camera = filmed(film, allowed=allowed)
            opened = browser.browser_type.launch(executable_path=str(chromium_path), args=[*FLAGS, *camera])
            stack.callback(opened.close)
            return slow_disk(opened.new_context(locale="fr-FR", viewport={"width": 390, "height": 844}, **options))

        yield context


def y4m(scenes: list[tuple[str, int]]) -> bytes:
    """A film in grey without sound: each of these codes for so many seconds, "" for nothing."""
    colours = bytes([128]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip C420\n".encode()
    frames = ((b"FRAME\n" + picture(text) + colours) * (seconds * FRAMES_A_SECOND) for text, seconds in scenes)
    return head + b"".join(frames)


def picture(text: str) -> bytes:
    """The code as badges have it, a third of the height, in the middle of a light grey; one byte a pixel."""
    rows = [bytearray([200]) * WIDTH for _ in range(HEIGHT)]
    if text:
        modules = [list(line) for line in segno.make(text, error="q", micro=False).matrix_iter(border=4)]
        scale = HEIGHT // 3 // len(modules)
        left, top = (WIDTH - scale * len(modules)) // 2, (HEIGHT - scale * len(modules)) // 2
        for y, x in itertools.product(range(scale * len(modules)), repeat=2):
            rows[top + y][left + x] = 30 if modules[y // scale][x // scale] else 230
    return b"".join(rows)


def scanning(page: Any) -> Any:
    page.get_by_role("button", name="Lire un badge").click()
    expect(page.get_by_role("button", name="Arrêter la caméra")).to_be_visible()
    return page


def test_a_badge_held_up_admits_once_and_another_code_says_that_it_is_no_ticket(
    context: Any, site: str, code: str, registration_db: Database
) -> None:
    opened = context()
    page = scanning(paired(opened.new_page(), site, code))
    expect(page.locator("#rest")).to_contain_text("Soa Rakotondrainibé : Admis")
    sound(page)
    expect(page.locator("#rest")).to_contain_text(f"n’est pas un billet de cet évènement : {FOREIGN}")
    expect(page.locator("#rest")).to_contain_text("déjà admis")
    expect(page.get_by_role("button", name="Annuler l’entrée Soa")).to_be_visible()
    until(lambda: present(registration_db) == {"Rakotondrainibé"})


def test_a_badge_held_up_before_the_list_came_admits_when_it_is_here(context: Any, site: str, code: str) -> None:
    """Nobody is turned away, nor registered twice, because a device has not heard yet who is expected."""
    page = context(service_workers="block").new_page()
    held: list[Any] = []
    page.route("**/api/desk/pack", lambda route: held.append(route))
    page.goto(f"{site}/poste/#code={code}")
    page.get_by_role("button", name="Ouvrir le poste").click()
    page.get_by_label("Chercher").fill("rak")
    expect(page.locator("#rest")).to_contain_text("La liste des inscrits n’est pas encore arrivée")
    page.get_by_role("button", name="Lire un badge").click()
    expect(page.get_by_label("Chercher")).to_have_value(re.compile("^[0-9A-F]{20}$"))
    expect(page.locator("#rest")).to_contain_text("La liste des inscrits n’est pas encore arrivée")
    page.get_by_role("button", name="Arrêter la caméra").click()
    held[0].continue_()
    expect(page.get_by_role("button", name="Annuler l’entrée Soa")).to_be_visible()


def test_badges_read_while_the_list_is_being_kept_admit_once(
    context: Any, site: str, code: str, registration_db: Database
) -> None:
    """Who has just come in is not told that they were in already, and who was, is; nobody of several is forgotten."""
    with registration_db.transaction() as session:
        people = {one.first_name: one for one in session.scalars(sa.select(Registration))}
        desk = session.scalars(sa.select(Desk.id)).one()
        came = {"present": True, "version": 1, "desk_id": desk, "at": MORNING}
        session.add(Attendance(registration_id=people["Inès"].id, day=DAY, **came))
        tickets = [people[name].ticket for name in ("Soa", "Hervé", "Inès")]
    page = context(service_workers="block").new_page()
    page.goto(f"{site}/poste/#code={code}")
    page.evaluate(AS_THE_LIST_IS_KEPT, tickets)
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_role("button", name="Annuler l’entrée Inès")).to_be_visible()
    page.get_by_label("Chercher").fill("zzz")
    expect(page.locator("#rest")).to_contain_text("Personne ne correspond")  # the list is here
    until(lambda: present(registration_db) == {"Rakotondrainibé", "Bélières", "Çelik"})
    said = set(page.evaluate("window.said"))
    assert {one for one in said if re.search("(?i)admis", one)} == {
        "Soa Rakotondrainibé : Admis·e",
        "Hervé Bélières : Admis·e",
        "Inès Çelik : déjà admis·e",
    }
    assert page.evaluate("window.together")  # a page that is left halfway has kept all of the list or nothing


AS_THE_LIST_IS_KEPT = """(tickets) => {
  window.said = [];
  const hear = () => ["#rest", "#spoken"].forEach((id) => said.push(document.querySelector(id)?.textContent ?? ""));
  new MutationObserver(hear).observe(document, { childList: true, subtree: true });
  const read = (ticket) => {
    const search = document.querySelector("#search");
    search.value = ticket;
    search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  };
  const { put } = IDBObjectStore.prototype;
  const begin = IDBDatabase.prototype.transaction;
  let people;
  IDBObjectStore.prototype.put = function (value, key) {
    if (key === "people") people = this.transaction;
    if (key === "days" && tickets.length > 1) {
      window.together = people === this.transaction;
      read(tickets.shift());
      read(tickets.shift());
    }
    return put.call(this, value, key);
  };
  IDBDatabase.prototype.transaction = function (tables, mode, ...more) {
    const made = begin.call(this, tables, mode, ...more);
    if (mode === "readonly" && tickets.length === 1) read(tickets.shift()); // the list is kept, and not shown yet
    return made;
  };
}"""


def test_badges_are_read_without_a_network_once_the_desk_was_opened(context: Any, site: str, code: str) -> None:
    opened = context()
    page = paired(opened.new_page(), site, code)
    opened.set_offline(True)
    page.reload()
    scanning(page)
    expect(page.locator("#rest")).to_contain_text("Soa Rakotondrainibé : Admis")
    expect(page.get_by_text("1 à envoyer, gardé ici")).to_be_visible()


def test_the_reader_is_fetched_when_the_camera_is_opened_and_the_camera_stops_when_nobody_looks(
    context: Any, site: str, code: str
) -> None:
    opened = context(service_workers="block")
    page = opened.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/poste/#code={code}")
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_label("Chercher")).to_be_visible()
    assert not [url for url in asked if "node_modules" in url]

    scanning(page)
    assert [url for url in asked if "node_modules" in url]
    track = page.evaluate_handle("document.querySelector('#camera').srcObject.getTracks()[0]")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.get_by_role("button", name="Lire un badge")).to_be_visible()
    assert track.evaluate("track => track.readyState") == "ended"


def test_a_camera_that_is_allowed_too_late_stays_off(context: Any, site: str, code: str) -> None:
    """The desk asked for another code while the browser asked for the camera: no badge is read behind that form."""
    page = paired(context().new_page(), site, code)
    page.evaluate(
        """() => {
          const [devices, real] = [navigator.mediaDevices, MediaDevices.prototype.getUserMedia];
          const allowed = new Promise((resolve) => (window.allow = resolve));
          devices.getUserMedia = async (wanted) => {
            window.asked = true;
            await allowed;
            return (window.film = await real.call(devices, wanted));
          };
        }"""
    )
    page.get_by_role("button", name="Lire un badge").click()
    until(lambda: page.evaluate("window.asked"))
    page.get_by_role("button", name="Écrire un nouveau code").click()
    page.evaluate("window.allow()")
    until(lambda: page.evaluate("window.film?.getTracks()[0].readyState") == "ended")


@pytest.mark.parametrize(
    ("allowed", "missing", "said"),
    [
        (True, "**/node_modules/**", "il lui manque le lecteur de codes QR"),
        (False, "**/nothing", "Le navigateur refuse la caméra"),
    ],
)
def test_what_keeps_a_badge_from_being_read_is_said_with_what_to_do(
    context: Any, site: str, code: str, allowed: bool, missing: str, said: str
) -> None:
    opened = context(allowed=allowed, service_workers="block")
    opened.route(missing, lambda route: route.fulfill(status=404, body=""))
    page = opened.new_page()
    page.goto(f"{site}/poste/#code={code}")
    page.get_by_role("button", name="Ouvrir le poste").click()
    page.get_by_role("button", name="Lire un badge").click()
    expect(page.locator("#rest")).to_contain_text(said)
    expect(page.locator("#rest")).to_contain_text("herchez par trois lettres")
    expect(page.get_by_role("button", name="Lire un badge")).to_be_enabled()


def test_a_slow_device_takes_no_badge_that_is_held_still_for_one_shown_again(browser: Any, site: str) -> None:
    """Each look takes three seconds here: one that finds nothing is a late frame, two are a badge that was put away.

    Of two badges side by side each is read once, whichever is found first.
    """
    page = browser.new_page()
    page.goto(f"{site}/poste/")
    told = page.evaluate(
        """async () => {
          const { Camera } = await import("/static/shared/camera.js");
          const looks = ["A", "A", "", "A", null, null, "A", "", "", "A", "B"];
          looks.push("BC", "CB", "B", "C", "BC", "", "C", "C", "A");
          const [told, video] = [[], Object.assign(new EventTarget(), { srcObject: {} })];
          let now = 0;
          Date.now = () => now;
          return new Promise((over) => {
            const detect = async () => {
              now += 3000;
              if (!looks.length) over(told);
              const text = looks.shift();
              if (text === null) throw new Error("no picture yet");
              return [...text].map((rawValue) => ({ rawValue }));
            };
            new Camera(video, (text) => told.push(text)).look({ detect }, video.srcObject);
          });
        }"""
    )
    assert told == ["A", "A", "B", "C", "A"]


# The machine has no camera, and these two browsers play no film in its place: a drawn one stands for it.
DRAWN = """
const canvas = document.createElement("canvas");
const [rows, scale] = [arguments[0], 8];
canvas.width = 640;
canvas.height = 480;
const pen = canvas.getContext("2d");
const draw = () => {
  pen.fillStyle = "white";
  pen.fillRect(0, 0, 640, 480);
  pen.fillStyle = "black";
  const dot = (x, y) => pen.fillRect(200 + x * scale, 120 + y * scale, scale, scale);
  rows.forEach((row, y) => row.forEach((dark, x) => dark && dot(x, y)));
};
setInterval(draw, 100);
draw();
MediaDevices.prototype.getUserMedia = async () => canvas.captureStream(10);
"""


@pytest.fixture(params=["webkit", "firefox"])
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Window]:
    if request.param == "webkit":
        with webkit() as opened:
            yield opened
        return
    firefox = Firefox(tmp_path)
    yield firefox
    firefox.kill()


def test_a_badge_admits_in_another_browser(
    window: Window, site: str, code: str, ticket: str, registration_db: Database
) -> None:
    window.open(f"{site}/poste/#code={code}")
    window.wait("#pane form .btn-main")
    window.click("#pane form .btn-main")
    window.wait("#pane > .btn-quiet")
    window.wait("#status", "Tout est reçu")
    window.run(DRAWN, [list(line) for line in segno.make(ticket, error="q", micro=False).matrix])
    window.click("#pane > .btn-quiet")
    window.wait("#rest", "Soa Rakotondrainibé : Admis")
    until(lambda: present(registration_db) == {"Rakotondrainibé"})
