"""The desk of an event of two days, without a network: people are admitted on each of them anew."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models.desk import Attendance
from services.registration.models.events import Event
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration
from services.registration.queries import forms
from services.registration.use_cases import desk as use_cases
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from tests.browser.test_registration_desk import admit, expecting, paired, search
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GONE = """async () => {
  const page = document.querySelector('script[src*="desk/desk.js"]').src;
  const { Door } = await import(page.replace("desk.js", "door.js"));
  const door = Object.assign(new Door(), { days: ["2016-10-15"], chosen: "2016-10-14" });
  const day = door.day;
  const cells = [];
  door.session = { token: "" };
  door.store = { keep() {}, learn: (told) => cells.push(...told) };
  const real = window.fetch;
  const taken = { id: "walk-in", days: [{ day: "2016-10-15", present: false, version: 2 }] };
  const body = { people: [], days: ["2016-10-14", "2016-10-15"], taken_back: [taken] };
  window.fetch = async () => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  try { await door.learn(); } finally { window.fetch = real; }
  return [day, cells.flatMap((cell) => [cell.key, cell.value])];
}"""
"""A day that the event has no more is chosen no more; who was taken back at another desk is out here too."""
TWO_FINGERS = """async () => {
  const page = document.querySelector('script[src*="desk/desk.js"]').src;
  const { steady } = await import(new URL("../shared/outbox/elements.js", page));
  const finger = (what, pointerId) => dispatchEvent(new PointerEvent(what, { pointerId }));
  const a_while = () => new Promise((resolve) => setTimeout(resolve, 200));
  let drawn = 0;
  finger("pointerdown", 7);
  finger("pointerdown", 8);
  steady(() => (drawn += 1))();
  finger("pointerup", 8);
  await a_while();
  const under = drawn;
  finger("pointerup", 7);
  await a_while();
  return [under, drawn];
}"""
"""How often something that arrives is drawn while one finger of two is still down, and once both are lifted."""
DOUBLE = 600  # milliseconds, longer than a double tap
# The second tap as soon as there is something under it, however long a busy machine takes to hear of the first.
TWICE = """async (button, words) => {
  button.click();
  const under = () => [...document.querySelectorAll("dialog button")].find((one) => one.textContent === words);
  while (!under()) await new Promise((resolve) => setTimeout(resolve));
  under().click();
}"""
FRIDAY, SATURDAY = dt.date(2016, 10, 14), dt.date(2016, 10, 15)


def test_a_day_is_noted_afterwards_and_the_next_begins_anew(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.combine(SATURDAY, dt.time(9), PARIS))
    with registration_db.transaction() as session:
        event = session.get_one(Event, expecting(session).id)
        event.ends_at = event.starts_at + dt.timedelta(days=1, hours=8)
        ines = session.scalars(sa.select(Registration.id).where(Registration.first_name == "Inès")).one()
        said = {"question": "days", "label": "Quels jours ?", "value": ["2016-10-14"], "said": "vendredi 14 octobre"}
        version = forms.current(session, event.id).id
        session.add(FormAnswer(registration_id=ines, version_id=version, sensitive=False, given_at=clock.now(), **said))
        code = use_cases.open_desk(session, event.id, clock.now(), who="test")[1]
    context = new_context(viewport="phone")
    page = paired(context.new_page(), str(serve(registration_app)), code)
    assert page.evaluate(GONE) == ["2016-10-15", ["walk-in@2016-10-15", 0]]
    assert page.evaluate(TWO_FINGERS) == [0, 1]
    context.set_offline(True)
    day = page.get_by_label("Jour")
    expect(day).to_have_value("2016-10-15")
    # The server's day, without a network too: this device's clock is years ahead.
    expect(day.locator("option:checked")).to_have_text("samedi 15 octobre · aujourd’hui")
    search(page, "celik")
    otherwise = page.get_by_text("Annoncé·e le 14 oct.")
    expect(otherwise).to_be_visible()
    admit(page, "celik", "Inès Çelik")
    expect(otherwise).to_be_visible()
    day.select_option("2016-10-14")
    expect(otherwise).to_be_hidden()
    expect(page.get_by_text("Vous notez les entrées du vendredi 14 octobre")).to_be_visible()
    admit(page, "rak", "Soa Rakotondrainibé")
    day.select_option("2016-10-15")
    expect(page.get_by_text("venu·e le 14 oct.")).to_be_visible()
    admit(page, "rak", "Soa Rakotondrainibé")
    expect(page.get_by_text("Entrées du samedi 15 octobre, d’après ce poste : 2")).to_be_visible()
    expect(page.get_by_text("3 à envoyer, gardé ici")).to_be_visible()
    sound(page)
    context.set_offline(False)
    expect(page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    search(page, "rak")
    expect(page.get_by_text("venu·e le 14 oct.")).to_be_visible()
    with registration_db.reading() as session:
        came = sa.select(Attendance.day, sa.func.count()).where(Attendance.present).group_by(Attendance.day)
        assert dict(session.execute(came.order_by(Attendance.day)).all()) == {FRIDAY: 1, SATURDAY: 2}


def test_before_the_event_an_entry_is_for_practice_and_taken_back_at_once(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once a day, without a network too; the second tap of a double one answers nothing."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        code = use_cases.open_desk(session, expecting(session).id, NOW, who="test")[1]
    context = new_context(viewport="phone")
    page = paired(context.new_page(), str(serve(registration_app)), code)
    context.set_offline(True)
    search(page, "rak")
    page.get_by_role("button", name="Admettre Soa").click()
    asked = page.get_by_role("dialog", name="L’évènement a lieu le vendredi 14 octobre, pas aujourd’hui.")
    sound(page)
    asked.get_by_role("button", name="Ne rien noter").click(delay=DOUBLE)
    expect(asked).to_be_hidden()
    page.get_by_role("button", name="Admettre Soa").evaluate(TWICE, "Noter, pour s’exercer")
    expect(asked).to_be_visible()
    yes = asked.get_by_role("button", name="Noter, pour s’exercer")
    yes.click(delay=DOUBLE)
    expect(page.get_by_role("button", name="Annuler l’entrée Soa")).to_be_visible()
    admit(page, "celik", "Inès Çelik")
    page.get_by_role("button", name="1 à lire").click()
    expect(page.get_by_text("Entrées notées d’avance, pour s’exercer : 2.")).to_be_visible()
    page.get_by_role("button", name="Annuler toutes ces entrées").click()
    expect(page.get_by_text("0 dans les lieux")).to_be_visible()
    expect(page.get_by_role("button", name="Admettre Inès")).to_be_visible()
    expect(page.get_by_text("à lire")).to_be_hidden()
    context.set_offline(False)
    expect(page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Attendance.registration_id).where(Attendance.present)).all() == []
