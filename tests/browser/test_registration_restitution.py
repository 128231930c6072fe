"""A host's phone without a network, the wall of the plenary, one click to L'Écho: in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import FormAnswer, RestitutionPart
from services.registration.queries import forms
from services.registration.use_cases import registering, restitution
from shared import clock
from shared.db import Database, new_id
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_phone_without_a_network_to_the_wall_and_l_echo(
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5, 5]])
        first = event.workshops[0].id
        data = answers(1, first_name="Soa", last_name="Rakotondrainibé", workshops=[first])
        person = registering.register(session, event.id, data, NOW, site=SITE).registration_id
        said = {
            "question": "countries",
            "label": "Dans quels pays ou territoires agissez-vous ?",
            "value": ["mg"],
            "said": "Madagascar",
        }
        version = forms.current(session, event.id).id
        row = FormAnswer(registration_id=person, version_id=version, sensitive=False, given_at=NOW, **said)
        session.add(row)
        token = restitution.invite(session, event.id, first, NOW, who="test")
    site = str(serve(registration_app))
    context = new_context(viewport="phone")
    phone = context.new_page()
    phone.goto(f"{site}/atelier/#{token}")
    expect(phone.get_by_role("heading", name="Atelier 0.0")).to_be_visible()
    phone.get_by_text("1 personne attendue").click()
    expect(phone.get_by_text("Soa Rakotondrainibé, Les Amis du Lac")).to_be_visible()
    expect(phone.get_by_text("Dans quels pays ou territoires agissez-vous ? Madagascar")).to_be_visible()
    phone.emulate_media(media="print")
    expect(phone.get_by_text("Soa Rakotondrainibé, Les Amis du Lac")).to_be_visible()
    expect(phone.get_by_label("Constats")).to_be_hidden()
    phone.emulate_media(media="screen")
    phone.evaluate("navigator.serviceWorker.ready")

    context.set_offline(True)
    phone.get_by_label("Constats").fill("Les pièces manquent dès la deuxième année.")
    phone.get_by_label("Suites").fill("Une réunion en mars.")
    expect(phone.get_by_text("Gardé ici, à envoyer")).to_be_visible()
    phone.locator("body[data-pending='2']").wait_for()  # both are on the disk
    phone.close()  # the phone is put away, and opened again without a network
    phone = context.new_page()
    phone.goto(f"{site}/atelier/")
    expect(phone.get_by_label("Suites")).to_have_value("Une réunion en mars.")
    sound(phone)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(RestitutionPart.text)).all() == []
    context.set_offline(False)
    expect(phone.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    sound(phone, "host")

    desk = new_context(viewport="desk")
    wall = desk.new_page()
    sign_in(wall, "staff")
    wall.goto(f"{site}/equipe/evenements/agora-2016/restitutions")
    sound(wall, "restitutions")
    wall.get_by_role("button", name="Proposer « Atelier 0.0 » à L’Écho").click()
    expect(wall.get_by_text("C’est envoyé")).to_be_visible()
    wall.get_by_role("link", name="Projet de compte rendu").click()
    expect(wall.get_by_text("Les pièces manquent dès la deuxième année.")).to_be_visible()
    sound(wall, "minutes")
    wall.goto(f"{site}/equipe/evenements/agora-2016/restitutions/ecran?atelier={first}")
    expect(wall.get_by_text("Les pièces manquent dès la deuxième année.")).to_be_visible()
    sound(wall, "wall")
    desk.set_offline(True)
    expect(wall.get_by_text("Pas de nouvelles du serveur")).to_be_visible()
    sound(wall)
    desk.set_offline(False)
    expect(wall.get_by_text("Pas de nouvelles du serveur")).to_be_hidden()
    with registration_db.reading() as session:
        left = session.scalars(sa.select(outbox.c.type).where(outbox.c.type.like("registration.workshop.%"))).all()
    assert left == ["registration.workshop.restituted.v1"]


def test_a_link_that_opens_nothing_says_so_and_claims_nothing(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any
) -> None:
    with registration_db.transaction() as session:
        first = an_event(session, workshops=[[5]])
        old = restitution.invite(session, first.id, first.workshops[0].id, NOW, who="test")
        restitution.invite(session, first.id, first.workshops[0].id, NOW, who="test")
    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{serve(registration_app)}/atelier/#{old}")
    expect(phone.get_by_text("Ce lien n’ouvre plus rien")).to_be_visible()
    expect(phone.get_by_text("Tout est reçu")).to_have_count(0)
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_text("This link opens nothing any more")).to_be_visible()


def test_two_hosts_of_a_workshop_lose_no_word_of_each_other_however_slow_a_disk(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes is quicker than the disk and the line: what stands in a field stays, and both texts are kept."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5]])
        token = restitution.invite(session, event.id, event.workshops[0].id, NOW, who="test")

    def other_host(part: str, text: str, base: int = 0) -> None:
        one = {"id": str(new_id()), "part": part, "value": text, "base_version": base, "counter": 1}
        with registration_db.transaction() as session:
            restitution.write(session, token, [one | {"client_time": NOW.isoformat()}], NOW)

    context = new_context(viewport="phone")
    phone = context.new_page()
    phone.goto(f"{serve(registration_app)}/atelier/#{token}")
    expect(phone.get_by_text("Tout est reçu")).to_be_visible()
    assert phone.evaluate(ASKED_AS_IT_ENDS) == ["one"]
    assert phone.evaluate(QUICKER_THAN_THE_DISK) == []
    expect(phone.get_by_text("Tout est reçu")).to_be_visible()

    other_host("next_steps", "Eux.")
    phone.evaluate(AS_IT_ARRIVES)
    phone.evaluate(LATER)
    phone.evaluate("dispatchEvent(new Event('online'))")  # it looks at once
    expect(phone.get_by_label("Suites")).to_have_value("Eux.\n\nMoi.")
    expect(phone.get_by_text("Tout est reçu")).to_be_visible()

    held: list[Any] = []
    phone.route("**/api/host/operations", lambda route: route.continue_() if held else held.append(route))
    phone.get_by_label("Constats").fill("Un. Deux.")
    for _look in range(1000):
        if held:
            break
        phone.wait_for_timeout(20)
    other_host("findings", "Un. Eux.", base=1)
    phone.get_by_label("Constats").fill("Un. Deux. Trois.")
    phone.locator("body[data-pending='2']").wait_for()
    held[0].continue_()
    both = "Un. Eux.\n\nUn. Deux. Trois."
    expect(phone.get_by_label("Constats")).to_have_value(both)
    expect(phone.get_by_text("Tout est reçu")).to_be_visible()
    with registration_db.reading() as session:
        texts = set(session.scalars(sa.select(RestitutionPart.text)))
    assert texts == {both, "Deux.", "Eux.\n\nMoi."}

    context.set_offline(True)
    phone.evaluate(LATER)
    phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(phone.get_by_text("hors connexion")).to_be_visible(timeout=12000)
    phone.evaluate(LATER)
    phone.evaluate("() => { const fast = Date.now; Date.now = () => fast() - 3600_000; }")  # a network tells the hour
    context.set_offline(False)
    expect(phone.get_by_text("hors connexion")).to_be_hidden(timeout=12000)  # though nothing is to be sent
    phone.evaluate(FULL)
    phone.get_by_label("Suites").fill("Rien n’est gardé.")
    phone.get_by_role("button", name="1 à lire").click()
    expect(phone.get_by_text("Cet appareil ne peut rien garder")).to_be_in_viewport()
    expect(phone.get_by_text("Tout est reçu")).to_be_hidden()
    expect(phone.get_by_label("Suites")).to_have_value("Rien n’est gardé.")


FULL = """() => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
# What must lie between two looks at the server has passed.
LATER = "(() => { const now = performance.now.bind(performance); performance.now = () => now() + 3000; })()"
# An outbox reads that nothing is left to send; before it hears that, something is kept, and the time to send it comes.
ASKED_AS_IT_ENDS = """async () => {
  const { Outbox } = await import("/static/shared/outbox/outbox.js");
  const operations = [];
  let hear = null;
  const reading = (held) => new Promise((then) => (hear = () => then({ operations: held })));
  const settle = async () => operations.splice(0).map((op) => ({ op, result: {} }));
  const store = { snapshot: () => reading([...operations]), markSent: async () => operations, settle };
  return new Promise((then) => {
    const answer = ({ id }) => ({ id, outcome: "applied", version: 1, value: 1 });
    const deliver = async (ops) => (then(ops.map(({ id }) => id)), ops.map(answer));
    const outbox = new Outbox({ name: "test", store, deliver });
    outbox.running = true;
    outbox.flush();
    setTimeout(() => {
      operations.push({ id: "one", cell: "one", state: "waiting", counter: 1 });
      outbox.flush();
      setInterval(() => hear(), 50);
      setTimeout(() => then("never sent"), 3000);
    }, 200);
  });
}"""
# The words of one field are left just when the device reads what it held before. Returns what took their place.
QUICKER_THAN_THE_DISK = """async () => {
  const [first, second] = ["findings", "proposals"].map((id) => document.getElementById(id));
  const type = (field, words) => {
    field.value = words;
    field.dispatchEvent(new Event("input"));
  };
  const taken = [];
  const own = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  type(second, "Deux.");
  Object.defineProperty(second, "value", { ...own, set(value) {
    if (value !== "Deux.") taken.push(value);
    own.set.call(this, value);
  } });
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (tables, mode, ...more) {
    const made = begin.call(this, tables, mode, ...more);
    if (mode === "readonly") {
      IDBDatabase.prototype.transaction = begin;
      second.dispatchEvent(new Event("blur"));
    }
    return made;
  };
  type(first, "Un.");
  first.dispatchEvent(new Event("blur"));
  let most = 0;
  for (let looks = 0; looks < 1000; looks += 1) {
    const n = Number(document.body.dataset.pending);
    most = Math.max(most, n);
    if (n === 2 || (most && !n)) return taken; // both are kept, or sent already
    await new Promise((then) => setTimeout(then, 20));
  }
  return ["never kept"];
}"""
# Somebody begins to write just when the device keeps what another host wrote, and does not show it yet.
AS_IT_ARRIVES = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, ...key) {
    if (this.name === "cells" && value.key === "next_steps") {
      IDBObjectStore.prototype.put = put;
      const field = document.getElementById("next_steps");
      field.value = "Moi.";
      field.dispatchEvent(new Event("input"));
    }
    return put.call(this, value, ...key);
  };
}"""
