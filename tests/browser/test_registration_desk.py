"""The desk in a real browser: two devices without a network, a walk-in, a browser that is killed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect
from sqlalchemy.orm import Session

from services.registration.models.desk import Attendance, Desk
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.use_cases import desk as use_cases
from services.registration.use_cases import registering
from shared import clock
from shared.clock import PARIS
from shared.db import Database, new_id
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.soundness import sound
from tests.tablet_screen import Device, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MORNING = dt.datetime.combine(DAY, dt.time(9), PARIS)
CROWD = 600
PEOPLE = [("Soa", "Rakotondrainibé"), ("Hervé", "Bélières"), ("Inès", "Çelik")]


def expecting(session: Session, **more: Any) -> Event:
    """An event for which PEOPLE are registered."""
    made = an_event(session, **more)
    for number, (first, last) in enumerate(PEOPLE):
        registering.register(session, made.id, answers(number, first_name=first, last_name=last), NOW, site=SITE)
    return made


@pytest.fixture
def site(registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    with registration_db.transaction() as session:
        _crowd(session, expecting(session, capacity=3).id)
    return str(serve(registration_app))


def _crowd(session: Any, event_id: Any) -> None:
    """As many people as a full Agora has: copies of the first, each with a name of their own."""
    copied = [one.name for one in Registration.__table__.c if one.name not in _OWN]
    names = ", ".join(copied)
    own = (
        "gen_random_uuid(), 'Noé', 'Nom' || n, 'nom' || n || ' noe', 'n' || n || '@example.org',"
        " 'n' || n || '@example.org', sha256(convert_to('crowd' || n, 'UTF8')), 'C' || n, 'crowd' || n,"
        " 'nom' || n || ' noe'"
    )
    session.execute(
        sa.text(
            f"INSERT INTO registrations ({', '.join(_OWN)}, {names}) SELECT {own}, {names}"
            " FROM (SELECT * FROM registrations WHERE event_id = :event LIMIT 1) AS one, generate_series(4, :crowd) n"
        ),
        {"event": event_id, "crowd": CROWD},
    )


_OWN = "id first_name last_name name_key email email_key submission_key reference ticket search".split()


@pytest.fixture
def code(site: str, registration_db: Database) -> Callable[[], str]:
    """A fresh code that pairs one desk."""

    def made() -> str:
        with registration_db.transaction() as session:
            event_id = session.scalars(sa.select(Event.id).where(Event.slug == "agora-2016")).one()
            return use_cases.open_desk(session, event_id, MORNING, who="test")[1]

    return made


def paired(page: Any, site: str, code: str) -> Any:
    """A desk that is paired, has the list, and would open again without a network."""
    page.goto(f"{site}/poste/")
    page.get_by_label("Code du poste").fill(code)
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_text("Tout est reçu")).to_be_visible()
    search(page, "rak")
    expect(page.get_by_text("Rakotondrainibé Soa")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready")
    return page


def search(page: Any, letters: str) -> None:
    page.get_by_label("Chercher").fill(letters)


def admit(page: Any, letters: str, who: str) -> None:
    search(page, letters)
    page.get_by_role("button", name=f"Admettre {who}").click()
    expect(page.get_by_role("button", name=f"Annuler l’entrée {who}")).to_be_visible()


def present(db: Database) -> set[str]:
    with db.reading() as session:
        query = sa.select(Registration.last_name).join(Attendance, Attendance.registration_id == Registration.id)
        return set(session.scalars(query.where(Attendance.present)))


KEEP_THE_NEXT_LOOK = """
  const later = setTimeout;
  window.setTimeout = (act, ms) => later(ms > 15000 ? (window.look = act) : act, ms);
"""
ARRIVED = 250  # milliseconds in which the page has drawn what was answered, when nothing keeps it from drawing
PACK = "**/api/desk/pack"
# The button of whoever was let in elsewhere is off for half a second: seen frame by frame.
SETTLING = """new Promise((seen, missed) => {
  const look = () => (document.querySelector(".person.is-in button")?.disabled ? seen() : requestAnimationFrame(look));
  setTimeout(missed, 10000, "never off");
  look();
})"""
WRITTEN = ["N’Diaye Awa", "Ndiaye Zoé", "O'Brien Tom", "Ben-Youssef Lina", "Le Goff Anne", "Martin Diane"]
WRITTEN += ["Żółć Łukasz"]
FOUND = {
    "ndi": ["N’Diaye Awa", "Ndiaye Zoé", "Martin Diane"],
    "n'diaye": ["N’Diaye Awa", "Ndiaye Zoé"],
    "OBR": ["O'Brien Tom"],
    "o’brien": ["O'Brien Tom"],
    "benyou": ["Ben-Youssef Lina"],
    "ben youssef": ["Ben-Youssef Lina"],
    "legoff ann": ["Le Goff Anne"],
    "zolc luk": ["Żółć Łukasz"],
    "łuk": ["Żółć Łukasz"],
}
MATCHING = """async ([names, typed]) => {
  const { matching } = await import("/static/shared/outbox/names.js");
  return matching(names.map((name) => ({ name, structure: "" })), typed, ({ name }) => name).map(({ name }) => name);
}"""
DRAW_ANEW = "document.getElementById('search').dispatchEvent(new Event('input'))"


def test_three_letters_find_someone_and_a_tap_counts_whatever_arrives_meanwhile(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """The list is drawn anew while a finger is on it; who stands there unchanged is not taken from under it, nor from
    under the keyboard. The second tap of a double one takes nothing back."""
    context = new_context(viewport="tablet")
    context.add_init_script(KEEP_THE_NEXT_LOOK)
    page = paired(context.new_page(), site, code())
    for letters in ("NIBE", "drai soa", "rak"):
        search(page, letters)
        expect(page.locator(".person")).to_have_count(1)
    for letters, names in FOUND.items():
        assert page.evaluate(MATCHING, [sorted(WRITTEN), letters]) == names, letters
    sound(page)
    with registration_db.transaction() as session:  # their line will say something else
        session.execute(sa.update(Registration).where(Registration.first_name == "Soa").values(structure="Mairie"))
    looks: list[Route] = []
    page.route(PACK, lambda route: looks.append(route))
    with page.expect_request(PACK):
        page.evaluate("void look()")
    while not looks:
        page.wait_for_timeout(20)
    answer = looks[0].fetch()
    button = page.get_by_role("button", name="Admettre Soa")
    button.hover()
    page.mouse.down()
    page.evaluate(DRAW_ANEW)
    expect(button).to_be_focused()
    looks[0].fulfill(response=answer)
    page.unroute(PACK)
    page.wait_for_timeout(ARRIVED)
    page.mouse.up()
    expect(page.get_by_text("Mairie")).to_be_visible()
    expect(page.get_by_role("button", name="Annuler l’entrée Soa")).to_be_visible()
    search(page, "celik")
    page.get_by_role("button", name="Admettre Inès").hover()
    for _ in range(2):
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(150)
    expect(page.get_by_role("button", name="Annuler l’entrée Inès")).to_be_enabled()
    expect(page.get_by_text("Tout est reçu")).to_be_visible()
    assert present(registration_db) == {"Rakotondrainibé", "Çelik"}
    search(page, "bel")
    page.get_by_role("button", name="Admettre Hervé").focus()
    with registration_db.transaction() as session:
        bearer = session.scalars(sa.select(Registration.id).where(Registration.first_name == "Hervé")).one()
        desk = session.scalars(sa.select(Desk.id)).first()
        came = {"present": True, "version": 1, "desk_id": desk, "at": MORNING}
        session.add(Attendance(registration_id=bearer, day=DAY, **came))
        event = session.scalars(sa.select(Event.id)).one()
        registering.register(session, event, answers(8, first_name="Aline", last_name="Bel"), NOW, site=SITE)
    undo = page.get_by_role("button", name="Annuler l’entrée Hervé")
    page.evaluate("void look()")
    page.evaluate(SETTLING)  # another desk let them in under the keyboard, or under a finger
    expect(page.get_by_label("Chercher")).to_be_focused()
    expect(undo).to_be_enabled()
    expect(page.locator(".person b")).to_have_text(["Bélières Hervé", "Bel Aline"])  # not before: it would move him


ON_A_FRENCH_KEYBOARD = str.maketrans("0123456789A", "à&é\"'(-è_çQ")


def test_a_hand_held_reader_admits_one_badge_after_the_other_whatever_its_keyboard(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """It types and presses Enter, as if each badge were the first; the same badge again is said to be in already."""
    with registration_db.reading() as session:
        soa, herve, ines = [
            session.scalars(sa.select(Registration.ticket).where(Registration.first_name == name)).one()
            for name in ("Soa", "Hervé", "Inès")
        ]
    page = paired(new_context(viewport="desk").new_page(), site, code())
    page.get_by_label("Chercher").select_text()
    french = herve.translate(ON_A_FRENCH_KEYBOARD)
    elsewhere = "0F9A" * 5  # of another event: not a name to look for a wrong letter in, nor somebody to register
    for typed, said in (
        (soa, "Soa.*: Admis"),
        (french, "Hervé.*: Admis"),
        (soa, "Soa.*: déjà admis"),
        (elsewhere, "pas un billet de cet évènement"),
        (elsewhere.translate(ON_A_FRENCH_KEYBOARD), "pas un billet de cet évènement"),
    ):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(page.locator("#rest")).to_have_text(re.compile(said))
    page.evaluate(READ_AGAIN_AT_ONCE)
    page.keyboard.type("crowd5")
    page.keyboard.press("Enter")
    expect(page.locator("#rest")).to_have_text("Noé Nom5 : déjà admis·e")
    page.evaluate(READ_WHILE_IT_IS_KEPT)
    page.keyboard.type(ines)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Chercher")).to_have_value("rak")
    until(lambda: present(registration_db) == {"Rakotondrainibé", "Bélières", "Nom5", "Çelik"})
    page.evaluate(FULL)
    page.get_by_label("Chercher").fill("C4")
    page.get_by_label("Chercher").fill("crowd4")
    page.keyboard.press("Enter")
    expect(page.locator("#rest")).to_have_text(re.compile("Cet appareil ne peut rien garder"))
    page.get_by_role("button", name="Admettre Noé Nom4").click()
    expect(page.locator("#rest")).to_have_text(re.compile("Cet appareil ne peut rien garder"))


FULL = """() => { IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
# The same badge, as soon as the desk says that it admitted.
READ_AGAIN_AT_ONCE = """() => {
  const [rest, search] = ["rest", "search"].map((id) => document.getElementById(id));
  const again = (_changes, observer) => {
    if (!rest.textContent.includes("Nom5 : Admis")) return;
    observer.disconnect();
    search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  };
  new MutationObserver(again).observe(rest, { childList: true });
}"""
# The device still keeps an entry, as what is read next begins to be typed.
READ_WHILE_IT_IS_KEPT = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (what, ...key) {
    if (this.name === "operations" && what.state === "waiting") {
      IDBObjectStore.prototype.put = put;
      document.execCommand("insertText", false, "rak");
    }
    return put.call(this, what, ...key);
  };
}"""


def test_a_desk_that_only_shows_says_nobody_is_admitted_and_keeps_what_was_typed(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    context = new_context(viewport="desk")
    writer = paired(context.new_page(), site, code())
    second = context.new_page()
    second.goto(f"{site}/poste/")
    expect(second.get_by_text("Celui-ci ne fait que montrer")).to_be_visible()
    with registration_db.reading() as session:
        soa = session.scalars(sa.select(Registration.ticket).where(Registration.first_name == "Soa")).one()

    search(second, soa)
    second.keyboard.press("Enter")
    expect(second.locator("#rest")).to_contain_text("ne fait que montrer")
    second.get_by_role("button", name="Admettre Soa").click()
    expect(second.locator("#spoken")).to_contain_text("ne fait que montrer")
    second.get_by_text("Inscrire sur place").click()
    second.get_by_label("Nom", exact=True).fill("Ndiaye")
    second.get_by_role("button", name="Inscrire et admettre").click()
    expect(second.locator("#walk-in-error")).to_contain_text("ne fait que montrer")
    expect(second.get_by_label("Nom", exact=True)).to_have_value("Ndiaye")
    search(writer, "ndiaye")
    expect(writer.get_by_text("Personne ne correspond")).to_be_visible()
    assert present(registration_db) == set()


def test_two_desks_of_six_hundred_people_without_a_network_admit_the_same_person(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """Neither is wrong: both keep the tap, the server counts one person, and the second desk is told."""
    contexts = [new_context(viewport="tablet"), new_context(viewport="tablet")]
    one, two = [paired(context.new_page(), site, code()) for context in contexts]
    for context in contexts:
        context.set_offline(True)
    admit(one, "rak", "Soa Rakotondrainibé")
    admit(two, "rak", "Soa Rakotondrainibé")
    admit(two, "celik", "Inès Çelik")
    admit(two, f"nom{CROWD}", f"Noé Nom{CROWD}")
    expect(one.get_by_text("1 à envoyer, gardé ici")).to_be_visible()
    expect(two.get_by_text("3 à envoyer, gardé ici")).to_be_visible()
    assert present(registration_db) == set()

    contexts[0].set_offline(False)
    expect(one.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    search(two, "nom1")
    last = two.get_by_role("button", name="Admettre").last
    place = last.bounding_box()
    contexts[1].set_offline(False)
    expect(two.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    expect(two.get_by_text(re.compile("Déjà admis·e à .* par le poste 1"))).to_be_visible()
    two.get_by_role("button", name="Admettre Noé Nom10", exact=True).click()
    expect(two.get_by_role("button", name="Annuler l’entrée Noé Nom10", exact=True)).to_be_visible()
    assert last.bounding_box() == place
    expect(two.get_by_text("Tout est reçu")).to_be_visible()
    assert present(registration_db) == {"Rakotondrainibé", "Çelik", f"Nom{CROWD}", "Nom10"}


QUICKER_THAN_THE_DISK = """(button) => {
  button.click();
  button.click();
  const search = document.getElementById("search");
  search.value = "rak";
  search.dispatchEvent(new Event("input"));
}"""


def test_someone_without_a_registration_gets_in_offline(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """The room is full: they are admitted all the same, and what was undone stays undone."""
    context = new_context(viewport="phone")
    page = paired(context.new_page(), site, code())
    context.set_offline(True)
    page.get_by_text("Inscrire sur place").click()
    page.get_by_label("Prénom").fill("Élise")
    page.get_by_label("Nom", exact=True).fill("Ndiaye")
    page.get_by_role("button", name="Inscrire et admettre").evaluate(QUICKER_THAN_THE_DISK)
    expect(page.get_by_text("1 à envoyer, gardé ici")).to_be_visible()
    expect(page.get_by_label("Chercher")).to_have_value("rak")
    admit(page, "rak", "Soa Rakotondrainibé")
    page.get_by_role("button", name="Annuler l’entrée Soa Rakotondrainibé").click()
    expect(page.get_by_role("button", name="Admettre Soa Rakotondrainibé")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)

    assert present(registration_db) == {"Ndiaye"}


def test_a_desk_that_was_revoked_sends_what_it_kept_once_a_new_code_is_written(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    context = new_context(viewport="phone")
    page = paired(context.new_page(), site, code())
    context.set_offline(True)
    admit(page, "rak", "Soa Rakotondrainibé")
    with registration_db.transaction() as session:
        desk = session.scalars(sa.select(Desk)).one()
        use_cases.revoke(session, desk.event_id, desk.id, MORNING, who="test")
    context.set_offline(False)
    expect(page.get_by_text("Ce poste a été retiré")).to_be_visible(timeout=40_000)
    expect(page.get_by_text("1 à envoyer, gardé ici")).to_be_visible()
    sound(page)

    page.get_by_role("alert").get_by_role("button", name="Écrire un nouveau code").click()
    page.get_by_label("Code du poste").fill(code())
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_role("heading", name="Poste 2")).to_be_visible()
    expect(page.get_by_text("Tout est reçu")).to_be_visible()
    assert present(registration_db) == {"Rakotondrainibé"}


def test_a_device_becomes_the_desk_of_another_event_and_still_sends_what_it_kept(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """The code that is scanned counts, whatever the device was; what it had not sent leaves with its own right."""
    context = new_context(viewport="phone")
    page = paired(context.new_page(), site, code())
    context.route("**/api/desk/operations", lambda route: route.abort())
    admit(page, "rak", "Soa Rakotondrainibé")
    with registration_db.transaction() as session:
        other = an_event(session, slug="formation")
        other.title = "Formation"
        registering.register(session, other.id, answers(9, last_name="Camara"), NOW, site=SITE)
        scanned = use_cases.open_desk(session, other.id, MORNING, who="test")[1]
    page.goto(f"{site}/poste/#code={scanned}")
    expect(page.get_by_text("Cet appareil est le poste 1 de « Journée d’essai")).to_be_visible()
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_role("heading", name="Formation")).to_be_visible()
    expect(page.get_by_text("1 à envoyer pour « Journée d’essai")).to_be_visible()
    search(page, "cam")
    expect(page.get_by_text("Camara")).to_be_visible()
    search(page, "rak")
    expect(page.get_by_text("Personne ne correspond")).to_be_visible()

    # Meanwhile another desk lets the same person in: that is said of the event that is left, until it is read.
    with registration_db.transaction() as session:
        soa = session.scalars(sa.select(Registration).where(Registration.first_name == "Soa")).one()
        token = use_cases.pair(session, use_cases.open_desk(session, soa.event_id, MORNING, who="test")[1], MORNING)[1]
        tap = {"id": str(new_id()), "registration_id": str(soa.id), "value": 1, "base_version": 0, "counter": 1}
        use_cases.write(session, token, [tap | {"client_time": MORNING.isoformat()}], MORNING, site=SITE)
    context.unroute("**/api/desk/operations")
    expect(page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    assert present(registration_db) == {"Rakotondrainibé"}
    page.reload()
    told = page.get_by_text(re.compile("Journée d’essai.*Soa Rakotondrainibé : Déjà admis·e à .* par le poste 2"))
    expect(told).to_be_visible()
    sound(page)
    page.get_by_role("button", name="J’ai vu").click()
    expect(told).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Formation")).to_be_visible()
    expect(page.get_by_text("Rakotondrainibé")).to_be_hidden()


def test_what_a_revoked_desk_of_another_event_kept_says_how_it_leaves(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """The day is over, its desks are taken back, and the device serves the next event: nothing may wait unseen."""
    context = new_context(viewport="phone")
    page = paired(context.new_page(), site, code())
    context.route("**/api/desk/operations", lambda route: route.abort())
    admit(page, "rak", "Soa Rakotondrainibé")
    with registration_db.transaction() as session:
        desk = session.scalars(sa.select(Desk)).one()
        use_cases.revoke(session, desk.event_id, desk.id, MORNING, who="test")
        other = an_event(session, slug="formation")
        other.title = "Formation"
        scanned = use_cases.open_desk(session, other.id, MORNING, who="test")[1]
    context.unroute("**/api/desk/operations")
    # What the server says of the revoked desk arrives just when somebody presses the button.
    asked: list[Any] = []
    pressed = False
    context.route("**/api/desk/*", lambda route: route.continue_() if pressed else asked.append(route))
    page.goto(f"{site}/poste/#code={scanned}")
    press = page.get_by_role("button", name="Ouvrir le poste")
    press.hover()
    place = press.bounding_box()
    page.mouse.down()
    while not asked:
        page.wait_for_timeout(20)
    pressed = True
    with page.expect_response(lambda answer: answer.status == 401):
        for route in asked:
            route.continue_()
    page.wait_for_timeout(ARRIVED)
    assert press.bounding_box() == place
    page.mouse.up()
    expect(page.get_by_role("heading", name="Formation")).to_be_visible()
    page.get_by_role("button", name="1 à lire").click()
    expect(page.get_by_text(re.compile("Journée d’essai.* : son poste a été retiré"))).to_be_in_viewport()
    sound(page)
    page.goto(f"{site}/poste/#code={code()}")
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_role("heading", name="Journée d’essai")).to_be_visible()
    expect(page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    assert present(registration_db) == {"Rakotondrainibé"}


def test_a_desk_in_english_says_everything_in_english_and_remembers_it(
    new_context: Any, site: str, code: Callable[[], str]
) -> None:
    one = paired(new_context(viewport="desk").new_page(), site, code())
    context = new_context(viewport="desk", locale="fr-FR")
    two = context.new_page()
    two.goto(f"{site}/poste/")
    two.get_by_role("link", name="English").click()
    two.get_by_role("button", name="Open the desk").click()
    expect(two.get_by_text("Enter the code.")).to_be_visible()
    two.get_by_label("Code of the desk").fill("NOPE")
    asked: list[str] = []
    two.on("request", lambda request: asked.append(request.url) if request.url.endswith("/pair") else None)
    two.get_by_role("button", name="Open the desk").evaluate("(button) => { button.click(); button.click(); }")
    expect(two.get_by_text("This code is not known.")).to_be_visible()
    assert len(asked) == 1  # the second would hear that the code has served
    two.get_by_label("Code of the desk").fill(code())
    two.get_by_role("button", name="Open the desk").click()
    two.get_by_label("Search").fill("rak")
    expect(two.get_by_role("button", name="Admit Soa Rakotondrainibé")).to_be_visible()
    two.goto(f"{site}/poste/")
    two.get_by_label("Search").fill("rak")
    context.set_offline(True)
    two.get_by_role("button", name="Admit Soa Rakotondrainibé").click()
    admit(one, "rak", "Soa Rakotondrainibé")
    expect(one.get_by_text("Tout est reçu")).to_be_visible()
    context.set_offline(False)
    expect(two.get_by_text(re.compile("Admitted at .* by desk 1"))).to_be_visible(timeout=40_000)


def test_without_a_network_a_new_desk_says_what_it_needs(new_context: Any, site: str) -> None:
    context = new_context(viewport="phone")
    page = context.new_page()
    page.goto(f"{site}/poste/")
    context.set_offline(True)
    page.get_by_label("Code du poste").fill("Q56B TTGT QG0P 5BAK")
    page.get_by_role("button", name="Ouvrir le poste").click()
    expect(page.get_by_text("Le serveur ne répond pas.")).to_be_visible()
    expect(page.get_by_label("Code du poste")).to_have_value("Q56B TTGT QG0P 5BAK")


def test_a_newcomer_is_shown_alone_among_others_of_the_same_name(
    new_context: Any, site: str, code: Callable[[], str]
) -> None:
    page = paired(new_context(viewport="phone").new_page(), site, code())
    page.get_by_text("Inscrire sur place").click()
    page.get_by_label("Prénom").fill("Zoé")
    page.get_by_label("Nom", exact=True).fill("Bélières")
    page.evaluate(SECOND_TAP)
    page.get_by_role("button", name="Inscrire et admettre").click()
    expect(page.locator(".person")).to_have_count(1)
    page.locator("body[data-tapped]").wait_for()
    expect(page.get_by_role("button", name="Annuler l’entrée Zoé Bélières")).to_be_visible()
    page.evaluate(ONE_BEHIND_THE_OTHER)
    expect(page.locator("#present")).to_contain_text("3 dans les lieux")
    expect(page.get_by_label("Prénom")).to_be_focused()
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Trois")


# Two are registered, and a third begins to be written, before the device has kept the first.
ONE_BEHIND_THE_OTHER = """() => {
  for (const [first, last] of [["Ada", "Un"], ["Bo", "Deux"], ["Cléo", "Trois"]]) {
    document.getElementById("first").value = first;
    document.getElementById("last").value = last;
    document.getElementById("first").focus();
    if (last !== "Trois") document.querySelector("details form button").click();
  }
}"""


# What comes under the finger once the form is empty: a code is asked for, and the queue waits.
SECOND_TAP = """() => document.querySelector("#pane form").addEventListener("reset", () => setTimeout(() => {
  document.querySelector("#pane > p.row button").click();
  document.body.dataset.tapped = "";
}))"""


def test_a_name_that_is_on_the_list_is_shown_before_it_is_registered_twice(
    new_context: Any, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    page = paired(new_context(viewport="phone").new_page(), site, code())
    search(page, "")
    page.get_by_text("Inscrire sur place").click()
    page.get_by_label("Prénom").fill("ines")
    page.get_by_label("Nom", exact=True).fill("Celik")
    page.get_by_role("button", name="Inscrire et admettre").dblclick()
    expect(page.get_by_role("alert").get_by_text("Ce nom est déjà sur la liste")).to_be_visible()
    expect(page.get_by_role("button", name="Admettre Inès Çelik")).to_be_visible()
    sound(page)
    assert present(registration_db) == set()
    page.get_by_role("button", name="C’est une autre personne").click()
    expect(page.locator(".person")).to_have_count(2)
    expect(page.locator("#rest")).to_have_text("")  # the other one is not to be admitted as well
    until(lambda: present(registration_db) == {"Celik"})


@pytest.fixture
def device(browser: Any, chromium_path: Path, tmp_path: Path) -> Iterator[Device]:
    made = Device(browser.browser_type, chromium_path, tmp_path / "profile")
    yield made
    made.kill()


def test_a_killed_browser_loses_nothing(
    device: Device, site: str, code: Callable[[], str], registration_db: Database
) -> None:
    """SIGKILL with a tap not sent: the page opens again without a network, still holds it, and sends it later."""
    paired(device.page, site, code())
    device.page.wait_for_timeout(1000)  # the service worker has stored the page
    device.context.set_offline(True)
    admit(device.page, "belieres", "Hervé Bélières")
    device.kill()
    device.start()
    device.context.set_offline(True)
    device.page.goto(f"{site}/poste/")
    expect(device.page.get_by_text("1 à envoyer, gardé ici")).to_be_visible()
    assert present(registration_db) == set()
    device.context.set_offline(False)
    expect(device.page.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)

    assert present(registration_db) == {"Bélières"}
