"""From the tap to the word "gardé" on screen, in Chromium, with and without a network; what a first visit loads."""

from __future__ import annotations

import gzip
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from deploy.local import packages
from services.jury.use_cases import tablets
from shared import clock
from tests.chromium import FLAGS
from tests.load.jury.hall import WHO, Hall, fill
from tests.load.jury.house import House
from tests.load.marks import Marks, p99

PROJECTS = 40  # eight taps each; half with a network, half without

TAP_ALL = """async () => {
  const took = [];
  for (const criterion of document.querySelectorAll(".criterion")) {
    const sync = criterion.querySelector(".sync");
    const kept = new Promise((resolve) => {
      const look = () => /gardé|reçu/i.test(sync.textContent) && resolve(performance.now());
      new MutationObserver(look).observe(sync, { childList: true, characterData: true, subtree: true });
    });
    const began = performance.now();
    criterion.querySelectorAll(".level input")[3].click();
    took.push((await kept) - began);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  return took;
}"""

BARE = """async () => {
  const opening = indexedDB.open("bare", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("one");
  const db = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)));
  const took = [];
  for (let number = 0; number < 160; number += 1) {
    const began = performance.now();
    const tx = db.transaction("one", "readwrite", { durability: "strict" });
    tx.objectStore("one").put(number, "value");
    await new Promise((resolve) => (tx.oncomplete = resolve));
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  return took;
}"""


def tap(house: House, marks: Marks) -> None:
    hall = fill(house.db, 2, PROJECTS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(packages.chromium()), args=FLAGS)
        page = browser.new_context(viewport={"width": 820, "height": 1180}, locale="fr-FR").new_page()
        marks.below("app_shell_gzipped", _shell(page, house) / 1000, 150, "kB")
        _pair(page, house, hall)
        half = PROJECTS // 2
        online = _tap(page, hall, range(half))
        page.context.set_offline(True)
        offline = _tap(page, hall, range(half, PROJECTS))
        bare = page.evaluate(BARE)
        browser.close()
    for name, took in (("online", online), ("offline", offline), ("a bare strict write, nothing else", bare)):
        print(f"  {name}: median {median(took):.1f} ms, p99 {p99(took):.1f} ms, slowest {max(took):.1f} ms", flush=True)
    marks.below("tap_to_kept_p99_online", p99(online), 100, "ms")
    marks.below("tap_to_kept_p99_offline", p99(offline), 100, "ms")


def _shell(page: Any, house: House) -> int:
    """Bytes of everything that a first visit loads, each file gzipped as a proxy would."""
    asked: set[str] = set()

    def listen(request: Any) -> None:
        asked.add(request.url)

    page.on("request", listen)
    page.goto(f"{house.url}/tablet/")
    page.get_by_label("Code d’appairage").wait_for()
    page.wait_for_load_state("networkidle")
    page.remove_listener("request", listen)
    return sum(len(gzip.compress(page.context.request.get(url).body())) for url in asked)


def _pair(page: Any, house: House, hall: Hall) -> None:
    with house.db.transaction() as session:
        code = tablets.new_code(session, hall.round, hall.seats[0].juror, who=WHO, now=clock.now())
    page.goto("about:blank")
    page.goto(f"{house.url}/tablet/#{code}")
    page.locator(".project, #no-link").first.wait_for(timeout=30_000)
    if page.locator("#no-link").is_visible():
        page.locator("#no-link").check()
        page.get_by_role("button", name="Oui, je suis").click()
    page.locator(".project").first.wait_for(timeout=30_000)
    page.wait_for_timeout(1000)  # the service worker has stored the shell


def _tap(page: Any, hall: Hall, places: range) -> list[float]:
    took: list[float] = []
    for place in places:
        page.evaluate("hash => { location.hash = hash }", f"#/p/{hall.projects[place]}")
        page.get_by_role("heading", level=1, name=f"Projet n° {place + 1}", exact=True).wait_for()
        took += page.evaluate(TAP_ALL)
    return took
