"""Who is there: a host's phone in a cellar, put away and opened again, beside a second one: in a real browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import Attendance, Registration, Workshop, WorkshopAttendance
from services.registration.rules.dates import at
from services.registration.use_cases import desk, registering, restitution
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.soundness import sound
from tests.tablet_screen import Device

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DOUBLE_TAP = """async () => {
  const first = () => document.querySelector("#there .person .btn");
  const before = first();
  before.click();
  while (first() === before) await new Promise((resolve) => setTimeout(resolve, 5));
  first().click();
}"""
"""The second tap falls on what the first one brought: it undoes nothing."""


@pytest.fixture
def device(browser: Any, chromium_path: Path, tmp_path: Path) -> Iterator[Device]:
    made = Device(browser.browser_type, chromium_path, tmp_path / "profile")
    yield made
    made.kill()


def test_a_host_ticks_who_is_there_without_a_network_and_the_browser_is_killed(
    device: Device, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL with taps not sent, and a link that another one replaced meanwhile: what waits leaves by the new one."""
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(12)))
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[1, 5]])
        first, second = (one.id for one in event.workshops)
        for number, (name, wished) in enumerate({"Soa": first, "Lou": second}.items()):
            data = answers(number, first_name=name, workshops=[wished], access="Rampe" if name == "Soa" else "")
            registering.register(session, event.id, data, NOW, site=SITE)
        token = restitution.invite(session, event.id, first, NOW, who="test")
    site = str(serve(registration_app))
    phone = device.page
    phone.set_viewport_size({"width": 360, "height": 780})
    phone.goto(f"{site}/atelier/#{token}")
    expect(phone.get_by_text("Qui est là ? 0 sur 1")).to_be_visible()
    expect(phone.get_by_text("Voir la personne référente accessibilité")).to_be_visible()
    phone.evaluate("navigator.serviceWorker.ready")
    phone.wait_for_timeout(500)  # the service worker has stored the page

    device.context.set_offline(True)
    phone.evaluate(DOUBLE_TAP)
    expect(phone.get_by_role("button", name="Annuler Soa")).to_be_visible()
    phone.get_by_label("Quelqu’un d’autre").fill("soa")  # who is expected is known, too
    expect(phone.get_by_text("Dans la liste ci-dessous : Soa Personne0.")).to_be_visible()
    phone.get_by_label("Quelqu’un d’autre").fill("per lou")
    phone.get_by_role("button", name="Est là Lou").press("Enter")
    expect(phone.get_by_role("button", name="Annuler Lou")).to_be_focused()
    expect(phone.get_by_text("Sans inscription à cet atelier")).to_be_visible()
    expect(phone.get_by_text("plus de monde que de places")).to_be_visible()
    expect(phone.get_by_text("Gardé ici, à envoyer : 2")).to_be_visible()
    device.kill()
    device.start()
    phone = device.page
    phone.set_viewport_size({"width": 360, "height": 780})
    device.context.set_offline(True)
    phone.goto(f"{site}/atelier/")
    expect(phone.get_by_text("Qui est là ? 1 sur 1, et 1 de plus")).to_be_visible()
    expect(phone.get_by_text("Gardé ici, à envoyer : 2")).to_be_visible()
    sound(phone, "host-presence")
    with registration_db.transaction() as session:
        assert session.scalars(sa.select(WorkshopAttendance.version)).all() == []
        newer = restitution.invite(session, event.id, first, NOW, who="test")
    phone.route("**/api/host/*", lambda route: route.abort())
    device.context.set_offline(False)
    second_tab = device.context.new_page()
    second_tab.set_viewport_size({"width": 360, "height": 780})
    second_tab.goto(f"{site}/atelier/#{newer}")
    expect(second_tab.get_by_text("Le lien que celui-ci remplace est encore ouvert")).to_be_visible()
    expect(second_tab.get_by_role("button", name="Est là Soa")).to_be_disabled()
    expect(second_tab.get_by_text("Tout est reçu")).to_have_count(0)  # the other tab has something to send
    sound(second_tab, "host-second-tab")
    phone.get_by_label("Constats").fill("Il manque des pièces.")
    phone.locator("body[data-pending='3']").wait_for()
    phone.unroute("**/api/host/*")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.get_by_text("Un lien plus récent a remplacé celui-ci")).to_be_visible()
    expect(phone.get_by_text("hors connexion")).to_have_count(0)
    phone.get_by_role("button", name="Lien remplacé").click()
    expect(phone.get_by_role("alert")).to_be_focused()
    expect(second_tab.get_by_label("Constats")).to_have_value("Il manque des pièces.")
    expect(second_tab.get_by_text("Tout est reçu")).to_be_visible()
    with registration_db.reading() as session:
        query = sa.select(Registration.first_name, WorkshopAttendance.workshop_id).join_from(
            WorkshopAttendance, Registration, Registration.id == WorkshopAttendance.registration_id
        )
        assert set(session.execute(query)) == {("Soa", first), ("Lou", first)}


def test_a_desk_stands_at_the_door_of_a_workshop_and_says_where_each_badge_belongs(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(12)))
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[3, 5, 5]])
        first, second, third = (one.id for one in event.workshops)
        for number, (name, wished) in enumerate({"Soa": [first], "Ana": [second], "Lou": []}.items()):
            data = answers(number, first_name=name, workshops=wished)
            registering.register(session, event.id, data, NOW, site=SITE)
        tickets = dict(session.execute(sa.select(Registration.first_name, Registration.ticket)).all())
        _desk, code = desk.open_desk(session, event.id, clock.now(), who="test")
    site = str(serve(registration_app))
    context = new_context(viewport="phone")
    phone = context.new_page()
    phone.goto(f"{site}/poste/#code={code}")
    phone.get_by_role("button", name="Ouvrir le poste").click()
    phone.get_by_label("Porte").select_option(label="Atelier 0.0 · Salle 0")
    expect(phone.get_by_text("Vous notez qui vient dans « Atelier 0.0 ».")).to_be_visible()
    phone.evaluate("navigator.serviceWorker.ready")

    def badge(name: str, said: str) -> None:
        phone.get_by_label("Chercher").fill(tickets[name])
        phone.get_by_label("Chercher").press("Enter")
        expect(phone.locator("#rest")).to_have_text(said)

    context.set_offline(True)
    badge("Soa", "Soa Personne0 : Attendu·e ici, noté·e ici")
    badge("Soa", "Soa Personne0 : déjà noté·e ici")
    badge("Lou", "Lou Personne2 : Sans atelier à cette heure")
    badge("Ana", "Ana Personne1 : Attendu·e dans « Atelier 0.1 », Salle 1")
    sound(phone, "desk-gate")
    phone.get_by_role("button", name="Admettre ici quand même Ana").click()
    expect(phone.get_by_text("2 dans cet atelier (3 places)")).to_be_visible()
    phone.close()  # killed: it stands at the same door when it is opened again
    phone = context.new_page()
    phone.goto(f"{site}/poste/")
    expect(phone.get_by_text("2 dans cet atelier (3 places)")).to_be_visible()
    expect(phone.get_by_text("2 à envoyer, gardé ici")).to_be_visible()
    context.set_offline(False)
    expect(phone.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    with registration_db.reading() as session:
        query = sa.select(Registration.first_name).where(Registration.id == WorkshopAttendance.registration_id)
        assert set(session.scalars(query.where(WorkshopAttendance.workshop_id == first))) == {"Soa", "Ana"}
        assert session.scalars(sa.select(Attendance.present)).all() == [True, True]

    phone.get_by_label("Porte").select_option(label="Atelier 0.2 · Salle 2")
    with registration_db.transaction() as session:
        session.execute(sa.delete(Workshop).where(Workshop.id == third))
    phone.reload()
    asked = phone.get_by_role("dialog")
    expect(asked).to_contain_text("« Atelier 0.2 » n’est plus au programme d’aujourd’hui.")
    phone.evaluate("(code) => { document.getElementById('search').value = code; }", tickets["Lou"])
    phone.get_by_label("Chercher").dispatch_event("keydown", {"key": "Enter"})  # as a camera reads a badge meanwhile
    expect(phone.locator("#spoken")).to_have_text("L’atelier de ce poste n’est plus au programme : rien n’est noté.")
    sound(phone, "desk-gate-gone")
    phone.wait_for_timeout(600)  # a double tap answers nothing
    asked.get_by_role("button", name="J’ai vu : à l’entrée").click()
    expect(phone.get_by_label("Porte", exact=True)).to_be_focused()
    badge("Lou", "Lou Personne2 : Admis·e")
    phone.evaluate(READ_AS_THE_DOOR_IS_KEPT, tickets["Ana"])
    phone.get_by_label("Porte").select_option(label="Atelier 0.1 · Salle 1")
    expect(phone.locator("#rest")).to_have_text("Ana Personne1 : Vu·e dans « Atelier 0.0 », Salle 0, noté·e ici")


READ_AS_THE_DOOR_IS_KEPT = """(ticket) => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, key) {
    if (key === "room") {
      IDBObjectStore.prototype.put = put;
      const search = document.getElementById("search");
      search.value = ticket;
      setTimeout(() => search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })));
    }
    return put.call(this, value, key);
  };
}"""
