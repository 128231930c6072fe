"""The jury's tablet in a real browser, against the real service and database, on a network that fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.jury.models import Juror, LateEntry, Recusal
from services.jury.use_cases import calls, rounds
from services.jury.web import tablet
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, WHO, Room
from tests.soundness import faults
from tests.tablet_screen import (
    KEPT,
    RECEIVED,
    Device,
    applied_once,
    cells,
    criteria,
    open_sheet,
    pair,
    status,
    tap,
    until,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_scan_score_and_the_board_shows_it(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone", has_touch=True).new_page()
    proxy.fault, proxy.only = "reset", "/tablet/sw.js"
    pair(page, proxy.url, room)
    assert "#" not in page.url.rstrip("#/")  # the code is gone from the address
    expect(page.locator("#status")).to_contain_text("Pas encore prête sans réseau")
    proxy.heal()
    expect(page.locator("#status")).not_to_contain_text("Pas encore prête")
    open_sheet(page, 0)
    for criterion in range(page.locator(".criterion").count()):
        tap(page, criterion, 4)
    expect(page.locator(".total")).to_have_text("Votre note\u202f: 16,00 sur 20")
    expect(status(page)).to_have_text(RECEIVED)

    assert cells(room) == {(0, criterion): 4 for criterion in criteria(room)}
    board = new_context(viewport="desk").new_page()
    sign_in(board, "secretary")
    board.goto(f"{room_url(proxy)}/equipe/tours/{room.round_id}/")
    row = board.locator("table.board tbody tr", has_text="Vidal")
    expect(row.locator("td.num").first).to_have_text("1/4")


def room_url(proxy: FaultProxy) -> str:
    return f"{proxy.upstream.scheme}://{proxy.upstream.netloc}"


def test_words_abstention_undo_and_a_link_declared_later(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    tap(page, 0, 3)
    tap(page, 0, 0)
    expect(page.locator("#w-comment")).to_be_visible()
    expect(page.locator(".result .hint")).to_contain_text("Cette fiche ne compte pas encore")
    page.get_by_role("button", name=re.compile("Annuler le dernier changement")).click()
    expect(page.locator(".criterion").first.locator("input:checked")).to_have_value("3")
    assert page.evaluate(QUICKER_THAN_THE_DISK) == []
    expect(page.locator(".criterion").first.locator("input:checked")).to_have_value("3")
    expect(page.locator(".criterion").nth(1).locator("input:checked")).to_have_count(0)
    expect(status(page)).to_have_text(RECEIVED)
    assert cells(room) == {(0, criteria(room)[0]): 3, (0, "comment"): "Un mot."}
    page.get_by_role("textbox", name="Commentaire pour le jury").fill("Lettre de la commune\nà demander.")
    page.get_by_role("button", name="Effacer cette note").first.click()
    expect(page.locator(".criterion").first.locator("input:checked")).to_have_count(0)
    expect(status(page)).to_have_text(RECEIVED)
    assert cells(room) == {(0, "comment"): "Lettre de la commune\nà demander."}

    page.get_by_role("button", name="Je m’abstiens").click()
    expect(page.locator(".level input").first).to_be_disabled()
    page.get_by_role("link", name="Suivant").click()
    expect(page.get_by_role("heading", level=1, name=PROJECTS[1])).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Déclarer un lien").click()
    page.get_by_label("Lien indirect").check()
    page.get_by_label("Lequel, en quelques mots").fill("Ma commune le soutient")
    page.get_by_role("button", name="Me récuser de ce projet").click()
    expect(page.locator(".projects li").nth(1)).to_contain_text("récusé")
    expect(page.locator(".projects li").nth(1)).not_to_contain_text(PROJECTS[1])
    expect(status(page)).to_have_text(KEPT)
    page.context.set_offline(False)
    expect(status(page)).to_have_text(RECEIVED)

    assert cells(room)[0, "status"] == "abstained"
    with room.db.reading() as session:
        declared = session.scalars(sa.select(Recusal)).one()
    assert (declared.juror_id, declared.project_id) == (room.jurors[0], room.projects[1])
    assert (declared.kind, declared.note) == ("indirect", "Ma commune le soutient")

    with room.db.transaction() as session:
        calls.lift_recusal(session, declared.id, who=WHO, now=clock.now())
    page.evaluate("document.querySelector('.projects li').under = 'a finger'")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".projects li").nth(1)).to_contain_text(PROJECTS[1])
    assert page.evaluate("document.querySelector('.projects li').under") == "a finger"

    # What is said above the list moves no project, at the top of a page that is not long either.
    second = page.locator(".projects a").nth(1)
    place = second.bounding_box()["y"]
    room.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#banners .note")).to_have_count(1)
    assert abs(second.bounding_box()["y"] - place) <= 1
    expect(status(page).locator("xpath=..")).to_contain_text("tour clos")


# A level and back, two of another criterion and both undone, before anything is kept; a text that is left just when the
# tablet reads what it held before. Returns what was taken back from under the juror's eyes for a moment.
QUICKER_THAN_THE_DISK = """async () => {
  const taken = [];
  const watch = (one, name, kept) => {
    const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one), name);
    Object.defineProperty(one, name, { ...own, set(value) {
      if (value !== kept) taken.push(`${one.id || one.name} ${name} ${value}`);
      own.set.call(this, value);
    } });
  };
  const levels = (number) => document.querySelectorAll(".criterion")[number].querySelectorAll(".level input");
  const [first, second] = [levels(0), levels(1)];
  const undo = document.querySelector("#dock .undo");
  watch(first[3], "checked", true);
  first[4].click();
  first[3].click();
  second[1].click();
  second[2].click();
  undo.click();
  undo.click();
  const comment = document.querySelector("#t-comment");
  comment.focus();
  comment.value = "Un mot.";
  comment.dispatchEvent(new Event("input"));
  watch(comment, "value", "Un mot.");
  const begin = IDBDatabase.prototype.transaction;
  await new Promise((left) => {
    IDBDatabase.prototype.transaction = function (tables, mode, ...more) {
      const made = begin.call(this, tables, mode, ...more);
      if (mode === "readonly" && document.activeElement === comment) {
        IDBDatabase.prototype.transaction = begin;
        comment.blur();
        left();
      }
      return made;
    };
    setTimeout(left, 20000);
  });
  const kept = () => /gardé|reçu/.test(comment.closest(".field").querySelector(".sync").textContent);
  for (let looks = 0; !kept() && looks < 1000; looks += 1) await new Promise((then) => setTimeout(then, 20));
  return taken;
}"""


def test_offline_reload_and_back(proxy: FaultProxy, room: Room, new_context: Callable[..., Any]) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    page.context.set_offline(True)
    for criterion in range(3):
        tap(page, criterion, criterion)
    tap(page, 2, 5)  # a newer write of the same cell replaces the older, unless that was tried to be sent already
    kept = re.compile("Gardé sur cette tablette · [34] à envoyer")
    expect(status(page)).to_have_text(kept)
    page.reload()
    expect(page.get_by_role("heading", level=1, name=PROJECTS[0])).to_be_visible()
    expect(page.locator(".criterion").nth(2).locator("input:checked")).to_have_value("5")
    expect(status(page)).to_have_text(kept)
    assert cells(room) == {}
    page.context.set_offline(False)
    expect(status(page)).to_have_text(RECEIVED)

    grid = criteria(room)
    assert cells(room) == {(0, grid[0]): 0, (0, grid[1]): 1, (0, grid[2]): 5}
    applied_once(room)

    # What is to be read comes above the criteria, and moves none of them: a finger may be on its way to a level.
    def refuse(route: Any) -> None:
        answer = route.fetch()
        (result,) = answer.json()["results"]
        route.fulfill(response=answer, json={"results": [result | {"outcome": "refused", "reason": "Une raison."}]})

    page.route("**/api/tablet/operations", refuse)
    fields = page.locator(".criterion")
    for number, top in ((0, 0), (1, 300)):
        page.evaluate("top => scrollTo(0, top)", top)
        tap(page, number, 3)
        page.evaluate("top => scrollTo(0, top)", top)
        place = fields.nth(1).bounding_box()["y"]
        expect(page.locator("#pane .notices .note")).to_have_count(number + 1)
        assert abs(fields.nth(1).bounding_box()["y"] - place) <= 1  # a page scrolls by whole pixels


def test_no_bad_answer_loses_or_repeats_anything(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    wanted = {}
    grid = criteria(room)
    for number, fault in enumerate(["drop", "bad_gateway", "portal", "redirect", "empty", "reset"]):
        proxy.fault = fault
        tap(page, number, 4)
        tap(page, 7, number % 6)
        expect(page.locator(".strip-more")).to_contain_text(re.compile("Hors connexion|Wifi à connecter"))
        expect(status(page)).to_have_text("Gardé sur cette tablette · 2 à envoyer")
        tap(page, 7, (number + 3) % 6)  # the one before may have reached the server: it is not edited, this follows it
        wanted |= {(0, grid[number]): 4, (0, grid[7]): (number + 3) % 6}
        proxy.heal()
        expect(status(page)).to_have_text(RECEIVED)
        assert cells(room) == wanted, fault
    applied_once(room)


def test_a_second_tab_reads_and_a_new_pairing_fences_the_old_tablet(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    second = page.context.new_page()
    second.goto(f"{proxy.url}/tablet/")
    expect(second.locator("#banners")).to_contain_text("déjà ouverte dans un autre onglet")
    open_sheet(second, 0)
    expect(second.locator(".level input").first).to_be_disabled()
    second.close()

    open_sheet(page, 0)
    page.context.set_offline(True)
    tap(page, 0, 4)
    other = new_context(viewport="phone").new_page()
    pair(other, proxy.url, room)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Cette tablette ne peut plus noter")).to_be_visible()
    expect(page.locator(".level input").first).to_be_disabled()
    expect(status(page)).to_have_text("Gardé sur cette tablette · 1 à envoyer")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Enregistrer le fichier").first.click()
    saved = Path(saving.value.path()).read_text()
    assert '"agora-outbox-1"' in saved
    assert f"{room.projects[0]}/{criteria(room)[0]}" in saved
    assert cells(room) == {}

    # Paired again, the same tablet sends what it kept.
    page.goto("about:blank")
    pair(page, proxy.url, room)
    expect(status(page)).to_have_text(RECEIVED)
    assert cells(room) == {(0, criteria(room)[0]): 4}


def test_what_arrives_after_closing_waits_for_the_chair(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 2)
    page.context.set_offline(True)
    tap(page, 0, 4)
    tap(page, 1, 3)
    room.close()
    page.context.set_offline(False)
    expect(status(page)).to_have_text(RECEIVED)
    expect(page.locator("#banners")).to_contain_text("La notation est close")
    expect(page.locator(".criterion").first.locator(".sync")).to_have_text("arrivé tard, attend une décision")
    page.get_by_role("link", name="Liste").click()
    told = page.locator("#list-pane .notices .note")
    expect(told).to_have_count(1)  # of one project, whatever the number of values
    expect(told).to_contain_text("Besoin et pertinence, Co-construction avec l’autorité locale partenaire")
    expect(told).to_contain_text("La présidence du jury décidera")
    place = page.locator(".projects a").first.bounding_box()["y"]
    page.locator("#list-pane").get_by_role("button", name="J’ai lu").click()
    expect(page.locator("#list-pane .notices .note")).to_have_count(0)
    assert abs(page.locator(".projects a").first.bounding_box()["y"] - place) <= 1  # what goes leaves its room
    assert cells(room) == {}
    with room.db.transaction() as session:
        for entry in session.scalars(sa.select(LateEntry.id)):
            rounds.settle_late(session, room.round_id, entry, accept=False, who=WHO, now=clock.now())
    page.reload()
    expect(told).to_have_count(1)
    expect(told).to_contain_text(re.compile("n’a pas accepté votre saisie «.4.»"))
    expect(told).to_contain_text(re.compile("n’a pas accepté votre saisie «.3.»"))
    open_sheet(page, 2)
    expect(page.locator(".criterion").first.locator("input:checked")).to_have_count(0)


def test_a_page_that_dies_while_it_takes_a_decision_in_tells_it_when_it_comes_back(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 2)
    page.context.set_offline(True)
    tap(page, 0, 4)
    room.close()
    page.context.set_offline(False)
    expect(page.locator(".criterion").first.locator(".sync")).to_have_text("arrivé tard, attend une décision")
    # From here on this page never gets further than the decision.
    page.evaluate(
        """async () => {
          const loaded = performance.getEntriesByType("resource").map((one) => one.name);
          const { Store } = await import(loaded.find((name) => name.includes("/outbox/store.js")));
          Store.prototype.decided = () => new Promise(() => {});
        }"""
    )
    with room.db.transaction() as session:
        for entry in session.scalars(sa.select(LateEntry.id)):
            rounds.settle_late(session, room.round_id, entry, accept=False, who=WHO, now=clock.now())
    with page.expect_response(lambda answer: answer.url.endswith("/pack") and answer.status == 200):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator("#list-pane .notices")).to_contain_text("n’a pas accepté votre saisie")


def test_a_browser_that_cannot_keep_anything_offers_paper(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    context = new_context(viewport="phone")
    context.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    page = context.new_page()
    page.goto(f"{proxy.url}/tablet/#{room.code()}")
    expect(page.get_by_role("heading", name="Demandez la feuille papier")).to_be_visible()
    with room.db.reading() as session:
        assert session.get_one(Juror, room.jurors[0]).epoch == 0  # the code was not spent


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("tablet", "dark")])
def test_axe_finds_nothing(
    scheme: str, size: str, proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport=size, color_scheme=scheme).new_page()

    def check(screen: str) -> None:
        assert faults(page) == [], screen
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{screen} scrolls sideways"
        small = page.evaluate(
            """[...document.querySelectorAll("main button, main .btn, main .level, main .project, .dock .btn")]
            .filter((one) => one.offsetParent && getComputedStyle(one).visibility === "visible")
            .map((one) => [one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 48 || box.height < 48).map(([text]) => text)"""
        )
        assert small == [], f"{screen}: targets under 48 px"

    page.goto(f"{proxy.url}/tablet/")
    expect(page.get_by_label("Code d’appairage")).to_be_visible()
    check("pairing")
    # Typed by hand, as people type: in small letters, in groups, with an O for a zero.
    by_hand = " ".join(re.findall(".{1,4}", room.code().lower().replace("0", "o")))
    page.get_by_label("Code d’appairage").fill(by_hand)
    page.get_by_role("button", name="Appairer").click()
    expect(page.locator(".link")).to_have_count(4)
    page.locator(".link input").first.check()
    check("confirmation")
    page.locator(".link input").first.uncheck()
    page.get_by_label("Je n’ai de lien avec aucun autre projet.").check()
    page.get_by_role("button", name=re.compile("Oui, je suis")).click()
    expect(page.locator(".project")).to_have_count(4)
    page.locator("summary").click()
    check("list")
    open_sheet(page, 1)
    page.context.set_offline(True)
    tap(page, 0, 0)
    page.get_by_role("button", name="Déclarer un lien").click()
    check("sheet")
    page.context.set_offline(False)


def test_a_script_that_does_not_arrive_is_asked_for_again(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    proxy.only = "/static/tablet/screens/"
    proxy.fault = "reset"
    page.goto(f"{proxy.url}/tablet/#{room.code()}")
    expect(page.locator("#slow")).to_be_visible()
    proxy.heal()
    expect(page.get_by_role("heading", name=re.compile("Vous êtes bien"))).to_be_visible()


def test_nothing_can_be_declared_before_the_projects_are_on_the_screen(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet", service_workers="block").new_page()
    held: list[Any] = []
    passes = False
    page.route("**/pack", lambda asked: asked.continue_() if passes else held.append(asked))
    page.goto(f"{proxy.url}/tablet/#{room.code(0)}")
    expect(page.get_by_text("Chargement des projets…")).to_be_visible()
    none = page.get_by_label("Je n’ai de lien avec aucun autre projet.")
    expect(none).to_be_hidden()
    until(lambda: held)
    passes = True
    for one in held:
        one.continue_()
    expect(none).to_be_visible()


def test_the_shell_is_light_and_never_keeps_an_answer(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(response.request.sizes()["responseBodySize"]))
    page.goto(f"{proxy.url}/tablet/")
    expect(page.get_by_label("Code d’appairage")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 150_000
    page.goto("about:blank")
    pair(page, proxy.url, room)
    kept = """async () => {
      const found = [];
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
      return found;
    }"""
    until(lambda: "/static/tablet/app.js" in page.evaluate(kept))
    assert [path for path in page.evaluate(kept) if "/api/" in path] == []


def test_a_new_version_waits_for_an_empty_outbox_and_the_list(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    page.locator("summary").click()
    about = page.locator(".about")
    expect(about).to_contain_text(re.compile("Version [0-9a-f]{10}"))
    before = re.findall("Version [0-9a-f]{10}", about.inner_text())[0]
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)

    monkeypatch.setattr(tablet, "version", lambda _files: "0123456789")  # as if a file had changed
    page.reload()
    until(lambda: "agora-tablet-0123456789" in page.evaluate("caches.keys()"))
    expect(page.locator(".criterion").first.locator("input:checked")).to_have_value("4")
    page.get_by_role("link", name="Liste").click()
    page.locator("summary").click()
    expect(about).to_contain_text(before)
    proxy.heal()
    expect(status(page)).to_have_text(RECEIVED)
    until(lambda: len(page.evaluate("caches.keys()")) == 2)  # the new one and the pointer to it
    expect(about).to_contain_text("Version 0123456789")


def test_a_new_version_that_comes_slowly_takes_over_when_it_is_whole(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = new_context(viewport="tablet")
    # The next look at the server never comes: only the arrival of the version itself can tell the page.
    context.add_init_script("const wait = setTimeout; setTimeout = (f, ms, ...a) => ms > 10000 ? 0 : wait(f, ms, ...a)")
    page = context.new_page()
    pair(page, proxy.url, room)
    page.locator("summary").click()
    expect(page.locator(".about")).to_contain_text(re.compile("Version [0-9a-f]{10}"))

    monkeypatch.setattr(tablet, "version", lambda _files: "0123456789")  # as if a file had changed
    proxy.only, proxy.fault = "/static/", "stall"
    page.reload()
    expect(status(page)).to_be_visible()
    until(lambda: len(page.evaluate("caches.keys()")) == 3)  # the one served, the pointer, the one on its way
    proxy.heal()
    until(lambda: len(page.evaluate("caches.keys()")) == 2)
    page.locator("summary").click()
    expect(page.locator(".about")).to_contain_text("Version 0123456789")


@pytest.fixture
def device(browser: Any, chromium_path: Path, tmp_path: Path) -> Iterator[Device]:
    made = Device(browser.browser_type, chromium_path, tmp_path / "profile")
    yield made
    made.kill()


def test_killed_and_opened_again_offline(proxy: FaultProxy, room: Room, device: Device) -> None:
    pair(device.page, proxy.url, room)
    expect(device.page.locator("#status")).not_to_contain_text("Pas encore prête")
    device.page.wait_for_timeout(1000)  # on the disk
    proxy.fault = "reset"
    proxy.only = "/"  # not even the page can be fetched any more
    open_sheet(device.page, 0)
    for criterion in range(4):
        tap(device.page, criterion, 3)
    device.restart(f"{proxy.url}/tablet/")
    expect(device.page.locator(".project").first).to_contain_text("commencé, 4 sur 8")
    expect(status(device.page)).to_have_text("Gardé sur cette tablette · 4 à envoyer")
    assert cells(room) == {}
    proxy.heal()
    device.page.reload()
    expect(status(device.page)).to_have_text(RECEIVED)

    grid = criteria(room)
    assert cells(room) == {(0, criterion): 3 for criterion in grid[:4]}
    applied_once(room)
