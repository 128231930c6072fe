"""The jury's tablet when something went wrong elsewhere: a restored server, a full disk, another grid."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from deploy.local import browser as scripts
from services.jury.models import CellHistory, Juror, LateEntry, OperationLog, Recusal, Round, ScoreCell
from services.jury.use_cases import calls
from shared import clock
from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import PROJECTS, WHO, Room
from tests.soundness import sound
from tests.tablet_screen import RECEIVED, applied_once, cells, criteria, open_sheet, pair, status, tap, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Backup:
    """What the jury's tables held at one instant, put back later."""

    TABLES = (OperationLog, ScoreCell, CellHistory, LateEntry, Recusal)

    def __init__(self, room: Room) -> None:
        self.room = room
        with room.db.reading() as session:
            self.rows = {model: session.execute(sa.select(model.__table__)).mappings().all() for model in self.TABLES}
            self.juror = session.get_one(Juror, room.jurors[0])

    def restore(self) -> None:
        with self.room.db.transaction() as session:
            for model, rows in self.rows.items():
                session.execute(sa.delete(model))
                if rows:
                    session.execute(sa.insert(model.__table__), [dict(row) for row in rows])
            juror = session.get_one(Juror, self.room.jurors[0])
            juror.version, juror.confirmed_at = self.juror.version, self.juror.confirmed_at


def test_a_server_restored_from_a_backup_gets_again_what_it_lost(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    grid = criteria(room)
    open_sheet(page, 0)
    tap(page, 0, 2)
    tap(page, 1, 2)
    expect(status(page)).to_have_text(RECEIVED)
    backup = Backup(room)
    tap(page, 0, 5)  # changed since
    page.get_by_role("button", name="Effacer cette note").nth(1).click()  # erased since
    tap(page, 2, 4)  # new since
    page.get_by_role("textbox", name="Commentaire pour le jury").fill("Une lettre suffit.")
    expect(page.locator(".text-field").first.locator(".sync")).to_have_text("reçu")
    expect(status(page)).to_have_text(RECEIVED)
    wanted = {(0, grid[0]): 5, (0, grid[2]): 4, (0, "comment"): "Une lettre suffit."}
    assert cells(room) == wanted

    backup.restore()
    assert cells(room) == {(0, grid[0]): 2, (0, grid[1]): 2}
    page.reload()
    until(lambda: cells(room) == wanted)
    expect(status(page)).to_have_text(RECEIVED)
    applied_once(room)
    page.get_by_role("link", name="Liste").click()
    expect(page.locator("#list-pane .notices .note")).to_have_count(0)  # nobody else wrote: there is nothing to tell


# Values leave just after a look at the pack was answered, and are answered for while that pack is being kept.
MEANWHILE = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...record) {
  const request = put.apply(this, record);
  const again = () => { if (!window.answered) this.get("pack").onsuccess = again; };
  if (window.told && record[1] === "pack") again();
  return request;
};
const ask = window.fetch;
window.fetch = async (address, options) => {
  if (!String(address).includes("/api/tablet/operations")) {
    const { "If-None-Match": _, ...headers } = options?.headers || {};
    const response = await ask(address, { ...options, headers });
    if (String(address).includes("/api/tablet/pack")) window.told?.();
    return response;
  }
  if (window.late) {
    const told = new Promise((resolve) => { window.told = resolve; });
    document.dispatchEvent(new Event("visibilitychange"));
    await told;
  }
  const response = await ask(address, options);
  setTimeout(() => { window.answered = true; }, 500);
  return response;
};
"""


def test_an_answer_that_comes_while_an_older_pack_is_being_kept_is_not_taken_for_lost(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    context = new_context(viewport="tablet")
    context.add_init_script(MEANWHILE)
    page = context.new_page()
    pair(page, proxy.url, room)
    page.evaluate("window.late = true")
    open_sheet(page, 0)
    tap(page, 0, 2)
    until(lambda: page.evaluate("window.answered === true"))
    expect(status(page)).to_have_text(RECEIVED)
    page.wait_for_timeout(2000)  # the pack is kept by now, and what it lacked would be on its way again
    expect(status(page)).to_have_text(RECEIVED)
    assert room.count(OperationLog) == 1


def test_links_that_a_restored_server_lost_are_declared_again_and_a_lifted_one_is_not(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    page.goto(f"{proxy.url}/tablet/#{room.code()}")
    box = page.locator(".link").first.get_by_role("checkbox")
    expect(box).to_be_visible()
    backup = Backup(room)
    box.check()
    page.get_by_role("button", name=re.compile("Oui, je suis")).click()
    gone = page.locator(".projects li", has_text="récusé")
    expect(gone).to_have_count(1)
    open_sheet(page, 1)
    page.get_by_role("button", name="Déclarer un lien").click()
    page.get_by_label("Lequel, en quelques mots").fill("Ma commune le soutient")
    page.get_by_role("button", name="Me récuser de ce projet").click()
    expect(gone).to_have_count(2)
    expect(status(page)).to_have_text(RECEIVED)

    def links() -> dict[int, str]:
        with room.db.reading() as session:
            standing = session.scalars(sa.select(Recusal).where(Recusal.lifted_at.is_(None)))
            return {room.projects.index(one.project_id): one.note for one in standing}

    wanted = {0: "", 1: "Ma commune le soutient"}
    until(lambda: links() == wanted)
    backup.restore()
    page.evaluate("dispatchEvent(new Event('online'))")
    until(lambda: links() == wanted)
    expect(gone).to_have_count(2)
    until(lambda: room.get(Juror, room.jurors[0]).confirmed_at is not None)

    with room.db.transaction() as session:
        calls.lift_recusal(session, session.scalars(sa.select(Recusal.id)).first(), who=WHO, now=clock.now())
    page.reload()
    expect(gone).to_have_count(1)
    expect(status(page)).to_have_text(RECEIVED)
    assert len(links()) == 1


def test_what_was_not_sent_at_the_restore_follows_what_was(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    grid = criteria(room)
    open_sheet(page, 1)
    backup = Backup(room)
    tap(page, 0, 3)
    tap(page, 1, 3)
    expect(status(page)).to_have_text(RECEIVED)
    proxy.fault = "reset"
    tap(page, 0, 4)
    backup.restore()
    proxy.heal()
    until(lambda: cells(room).get((1, grid[0])) == 4)
    page.reload()
    until(lambda: cells(room) == {(1, grid[0]): 4, (1, grid[1]): 3})
    applied_once(room)
    page.get_by_role("link", name="Liste").click()
    expect(page.locator("#list-pane .notices .note")).to_have_count(0)


def test_a_disk_that_fills_up_while_scoring_offers_paper_and_keeps_what_was_kept(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.evaluate(
        """() => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") } }"""
    )
    page.locator(".criterion").nth(1).locator(".level").nth(3).click()
    expect(page.get_by_role("heading", name="Demandez la feuille papier")).to_be_visible()
    expect(page.locator("#pane")).to_contain_text("Ce qui était marqué")
    expect(page.locator("#pane")).to_contain_text(
        f"1. {PROJECTS[0]} – Co-construction avec l’autorité locale partenaire\u202f: 3"
    )
    proxy.heal()
    page.reload()  # someone made room
    expect(status(page)).to_have_text(RECEIVED)
    assert cells(room) == {(0, criteria(room)[0]): 4}


def test_a_sentence_that_finds_no_place_any_more_stays_to_be_copied(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="phone").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    page.evaluate(
        """() => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") } }"""
    )
    page.get_by_role("textbox", name="Commentaire pour le jury").fill("Une lettre suffit,\nsi le maire la signe.")
    expect(page.get_by_role("heading", name="Demandez la feuille papier")).to_be_visible()
    expect(page.locator("#pane")).to_contain_text("Une lettre suffit,\nsi le maire la signe.")
    sound(page, "tablet-full")


def test_who_was_not_answered_waits_longer_and_what_one_address_refuses_keeps_nothing_else(
    proxy: FaultProxy, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    page.goto(f"{proxy.url}/tablet/")
    waited = page.evaluate(
        """async () => {
          const { Outbox } = await import("/static/shared/outbox/outbox.js");
          const { Store } = await import("/static/shared/outbox/store.js");
          const { Offline } = await import("/static/shared/outbox/transport.js");
          const waited = [];
          const deliver = async (ops, _lane, patience) => {
            waited.push(patience);
            if (waited.length <= 3) throw new Offline("no answer in time");
            return ops.map((op) => ({ id: op.id, outcome: "applied", version: 1, value: op.value, reason: null }));
          };
          const outbox = new Outbox({ name: "essai", store: await Store.open("essai"), deliver });
          outbox.running = true;
          for (const cell of ["a", "b"]) {
            await outbox.store.put({ id: cell, cell, value: 1, extra: null, at: "" });
            while ((await outbox.pending()) > 0) await outbox.flush();
          }
          outbox.stop();
          return waited;
        }"""
    )
    assert waited == [5000, 10_000, 20_000, 20_000, 5000]
    left = page.evaluate(  # a server from before one of the two addresses
        """async () => {
          const { Outbox } = await import("/static/shared/outbox/outbox.js");
          const { Store } = await import("/static/shared/outbox/store.js");
          const { Refused } = await import("/static/shared/outbox/transport.js");
          const deliver = async (ops, lane) => {
            if (lane === "new") throw new Refused(404, "refused");
            return ops.map((op) => ({ id: op.id, outcome: "applied", version: 1, value: op.value, reason: null }));
          };
          const lane = ({ cell }) => cell;
          const outbox = new Outbox({ name: "deux", store: await Store.open("deux"), deliver, lane });
          outbox.running = true;
          for (const cell of ["new", "old"]) await outbox.store.put({ id: cell, cell, value: 1, extra: null, at: "" });
          await outbox.flush();
          outbox.stop();
          const left = [(await outbox.store.snapshot()).operations.map((op) => op.id), outbox.failures];
          // A network sets the clock of a device that was without one for long: what is written then waits no hour.
          const fast = Date.now;
          Date.now = () => fast() - 3600_000;
          outbox.soon = (wait) => left.push(wait < 60_000);
          await outbox.put("old", 2);
          Date.now = fast;
          return left;
        }"""
    )
    assert left == [["new"], 1, True]


def change_grid(room: Room, change: Callable[[list[Any]], Any]) -> None:
    """Change the criteria of a round under way, as a new version of it."""
    with room.db.transaction() as session:
        this = session.get_one(Round, room.round_id)
        changed = json.loads(json.dumps(this.frozen))
        change(changed["criteria"])
        this.frozen, this.version = changed, this.version + 1


def test_a_grid_that_changed_refuses_only_what_no_longer_fits_and_says_so(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    grid = criteria(room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 5)
    tap(page, 1, 4)
    tap(page, 2, 3)
    change_grid(room, lambda criteria: criteria.pop(2))
    change_grid(room, lambda criteria: criteria[0].update(max=4, levels=criteria[0]["levels"][:5]))
    proxy.heal()
    expect(status(page)).to_have_text(RECEIVED)
    assert cells(room) == {(0, grid[1]): 4}
    expect(page.locator("#pane .notices .note")).to_have_count(2)  # said on the sheet that it is about
    expect(page.locator("#status")).to_contain_text("2 à lire")
    page.goto(f"{proxy.url}/tablet/#/")
    page.reload()
    notices = page.locator("#list-pane .notices .note")
    expect(notices).to_have_count(2)
    expect(notices.first).to_contain_text(re.compile("entre 0 et 4|ne fait pas partie de la grille"))
    open_sheet(page, 0)
    expect(page.locator(".criterion")).to_have_count(len(grid) - 1)
    expect(page.locator(".criterion").first.locator(".level")).to_have_count(5)


def test_a_sheet_on_screen_follows_a_grid_that_changes_but_waits_for_the_sentence_being_typed(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    grid = criteria(room)
    open_sheet(page, 0)
    page.locator("#t-comment").press_sequentially("Une phrase")
    change_grid(room, lambda criteria: criteria.pop(2))
    with page.expect_response("**/api/tablet/pack"):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator("#t-comment").press_sequentially(" entière")
    expect(page.locator(".criterion")).to_have_count(len(grid))
    page.locator(".criterion").first.locator(".level").nth(3).hover()
    page.mouse.down()  # leaves the field
    until(lambda: cells(room) == {(0, "comment"): "Une phrase entière"})
    expect(page.locator(".criterion")).to_have_count(len(grid))
    page.mouse.up()
    expect(page.locator(".criterion")).to_have_count(len(grid) - 1)
    expect(page.locator("#t-comment")).to_have_value("Une phrase entière")
    until(lambda: cells(room) == {(0, grid[0]): 3, (0, "comment"): "Une phrase entière"})


def test_handing_back_waits_for_the_last_value_and_the_file_holds_it(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any]
) -> None:
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.get_by_role("link", name="Liste").click()
    page.locator("summary").click()
    about = page.locator(".about")
    about.get_by_role("button", name="Rendre la tablette").first.click()
    expect(about).to_contain_text("Pas encore\u202f: 1 saisie n’est pas arrivée.")
    expect(about.get_by_role("button", name="Rendre la tablette et tout effacer ici")).to_be_hidden()
    with page.expect_download() as saving:
        about.get_by_role("button", name="Enregistrer le fichier").click()
    saved = json.loads(Path(saving.value.path()).read_text())
    assert saved["format"] == "agora-outbox-1"
    kept = [(one["cell"], one["value"]) for one in saved["operations"]]
    assert kept == [(f"{room.projects[0]}/{criteria(room)[0]}", 4)]

    proxy.heal()
    expect(status(page)).to_have_text(RECEIVED)
    about.get_by_role("button", name="Rendre la tablette").first.click()
    about.get_by_role("button", name="Rendre la tablette et tout effacer ici").click()
    expect(page.get_by_label("Code d’appairage")).to_be_visible()
    assert cells(room) == {(0, criteria(room)[0]): 4}


READ = """async (png) => {
    const { BarcodeDetector } = await import("/static/node_modules/qr/decode.js");
    const bytes = Uint8Array.from(atob(png), (one) => one.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    return (await new BarcodeDetector({ formats: ["qr_code"] }).detect(picture))[0].rawValue;
}"""
"""What the secretary's camera would read of a picture."""


def codes_shown(page: Any) -> list[str]:
    """Each code that the tablet shows, read from its screen."""
    about = page.locator(".about")
    about.get_by_role("button", name="Montrer en codes QR").click()
    about.get_by_role("button", name="Arrêter").click()
    texts: list[str] = []
    while (png := about.locator("svg.codes").screenshot()) and (
        text := page.evaluate(READ, base64.b64encode(png).decode())
    ) not in texts:
        texts.append(text)
        about.get_by_role("button", name="Code d’après").click()
    expect(about).to_contain_text(f"sur {len(texts)}")
    sound(page)
    about.get_by_role("button", name="Ranger les codes").click()
    return texts


def test_what_a_tablet_without_a_network_kept_reaches_the_server_by_its_file_and_by_its_codes(
    proxy: FaultProxy, room: Room, new_context: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    scripts.fetch()
    page = new_context(viewport="tablet").new_page()
    pair(page, proxy.url, room)
    open_sheet(page, 0)
    proxy.fault = "reset"
    tap(page, 0, 4)
    page.get_by_role("link", name="Liste").click()
    page.locator("summary").click()
    with page.expect_download() as saving:
        page.locator(".about").get_by_role("button", name="Enregistrer le fichier").click()
    codes = codes_shown(page)
    staff = new_context().new_page()
    sign_in(staff, "secretary")
    staff.goto(f"{proxy.url}/equipe/tours/{room.round_id}/fichier-de-tablette/")
    staff.get_by_label("Fichier").set_input_files(saving.value.path())
    staff.get_by_role("button", name="Lire le fichier").click()
    expect(staff.get_by_text("1 saisie lue de la tablette de Aline Vidal.")).to_be_visible()
    sound(staff)
    assert cells(room) == {(0, criteria(room)[0]): 4}
    staff.get_by_role("link", name="Lire un autre fichier").click()
    staff.get_by_text("Sans caméra").click()
    staff.get_by_label("Codes lus").fill("\n".join(reversed(codes)))
    staff.get_by_role("button", name="Lire ce texte").click()
    expect(staff.get_by_text("Déjà reçue")).to_be_visible()

    proxy.heal()
    expect(status(page)).to_have_text(RECEIVED)
    applied_once(room)
