"""L'Écho in a real browser: a contribution, the editor's desk, the send, the ledger while mails go out."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from services.mailer import contacts, contributions, issues
from services.mailer.models.contacts import ECHO
from services.mailer.sender import Sender
from shared import clock
from shared.db import Database
from tests.smtp_server import SmtpServer
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READERS = 40
WHO = "camille.roux@agora.example"


@pytest.fixture
def number_34(mailer_db: Database) -> tuple[uuid.UUID, str]:
    """A draft with one item and forty readers, one of them with an address that does not exist; a personal link."""
    now = clock.now()
    with mailer_db.transaction() as session:
        for n in range(READERS):
            email = f"inconnu{n}@asso.example" if n == 7 else f"lecteur{n}@asso.example"
            person = contacts.Person(email, f"Zoé {n}", "L’Hôte", "Eau Partagée")
            contacts.subscribe(session, person, ECHO, "test", "Je veux L’Écho", "1", now)
        today = now.astimezone(clock.PARIS).date()
        head = {"number": 34, "title": "L’Agora a trois cents visages", "planned_on": today,
                "contributions_on": today + dt.timedelta(days=2), "editorial": "Bonne lecture !"}  # fmt: skip
        issue = issues.create(session, head, who=WHO, now=now)
        item = {"section": "headline", "title": "Six coups de cœur", "text": "Le jury a lu, écouté, puis voté."}
        issues.add_item(session, issue, item, who=WHO, now=now)
        link = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who=WHO, now=now
        )[1]
    return issue, link


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    """A relay that takes everything but one address, and takes its time."""

    def on_rcpt(address: str) -> str:
        return "550 5.1.1 User unknown" if address.startswith("inconnu") else ""

    with SmtpServer(on_rcpt=on_rcpt, delay=0.05) as server:
        yield server


@pytest.fixture
def sender(mailer_db: Database, settings_of: Callable[..., Any], relay: SmtpServer) -> Iterator[Callable[[], None]]:
    """Starts a sender, once it is called."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start() -> None:
        made = Sender(settings_of("mailer", mailer_db.url, smtp_url=relay.url, bulk_connections=2), stop)
        threads.append(threading.Thread(target=made.run))
        threads[0].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)


@pytest.mark.parametrize("viewport", ["phone"])
def test_from_a_contribution_to_the_ledger(
    new_context: Callable[..., Any],
    mailer_app: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    number_34: tuple[uuid.UUID, str],
    sender: Callable[[], None],
    relay: SmtpServer,
) -> None:
    link = number_34[1]
    site = serve(mailer_app)

    author = new_context(bypass_csp=True).new_page()
    author.goto(f"{site}/contribuer/{link}")
    sound(author)
    author.get_by_label("Titre").fill("Trois puits pour Thiès")
    assert author.locator("#c-title").inner_text() == "Caractères restants\u202f: 58"
    author.get_by_label("Texte").fill("Les trois puits donnent de l’eau.")
    author.get_by_role("button", name="Voir le rendu").click()
    mail = author.frame_locator("iframe[name=apercu]")
    mail.get_by_role("heading", name="Trois puits pour Thiès").wait_for()
    author.get_by_role("button", name="Envoyer à la rédaction").click()
    author.get_by_text("reçu pour le nº 34, en attente de réponse").wait_for()

    context = new_context(bypass_csp=True)
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/contributeurs/")
    page.get_by_label("Structure").fill("Les Amis du Burkina")
    page.get_by_label("Qui écrit").fill("Yann")
    page.get_by_label("Adresse électronique").fill("yann.astruc@amisduburkina.example")
    page.get_by_role("button", name="Envoyer l’invitation").click()
    page.get_by_text("Le lien personnel, montré une seule fois").wait_for()
    sound(page)
    page.goto(f"{site}/equipe/")
    sound(page)
    page.get_by_role("link", name="Une contribution attend votre réponse").click()
    sound(page)
    page.get_by_role("link", name="Trois puits pour Thiès").click()
    sound(page)
    page.get_by_role("button", name="Accepter pour le nº 34").click()
    page.get_by_role("heading", name="Trois puits pour Thiès").wait_for()

    page.get_by_role("link", name="Relire et envoyer").click()
    page.get_by_text("une autre personne doit le relire").wait_for()
    sound(page)
    sign_in(context, "editor", email="sacha.blanc@agora.example")
    page.reload()
    sound(page)
    page.get_by_role("button", name=f"Envoyer à {READERS} personnes").click()
    page.get_by_role("heading", name="Par messagerie").or_(page.get_by_text("Par messagerie")).first.wait_for()
    sound(page)
    sender()
    page.get_by_text("terminé", exact=True).wait_for(timeout=60_000)
    assert page.locator(".campaign .figure").inner_text() == f"{READERS - 1} remis sur {READERS}"
    page.get_by_label("État", exact=True).select_option("rejected")
    page.get_by_role("button", name="Chercher").click()
    row = page.get_by_role("row", name="inconnu7@asso.example")
    assert "550 5.1.1 User unknown" in row.inner_text()
    sound(page)

    readers = [taken for taken in relay.taken if taken.recipient.endswith("@asso.example")]
    assert sorted(taken.recipient for taken in readers) == sorted(
        f"lecteur{n}@asso.example" for n in range(READERS) if n != 7
    )
    author.reload()
    author.get_by_text("paru dans le nº 34").wait_for()
    author.get_by_role("link", name="Le lire dans le nº 34").click()
    author.get_by_text("Les trois puits donnent de l’eau.").wait_for()
    sound(author)

    header = str(readers[0].message["List-Unsubscribe"])
    author.goto(header.split(">")[0].lstrip("<"))
    sound(author)
    author.get_by_role("button", name="Me désabonner").click()
    author.get_by_role("heading", name="C’est fait").wait_for()
    author.get_by_role("button", name="Recevoir de nouveau").click()
    author.get_by_role("heading", name="Vous recevez de nouveau").wait_for()
    assert [taken.recipient for taken in relay.taken].count("ines@camin.example") == 1  # that the article is out


@pytest.mark.parametrize("viewport", ["desk"])
def test_staff_pages_are_sound(
    new_context: Callable[..., Any],
    mailer_app: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    number_34: tuple[uuid.UUID, str],
) -> None:
    site = serve(mailer_app)
    context = new_context(bypass_csp=True)
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    paths = ["/contacts/", "/contacts/importer/", "/numeros/", f"/numeros/{number_34[0]}/articles/nouveau",
             f"/numeros/{number_34[0]}/apercu", "/contributeurs/", "/campagnes/", "/echo/"]  # fmt: skip
    for path in paths:
        page.goto(site + path)
        sound(page)
    page.goto(f"{site}/contacts/?q=zoe+7")
    page.get_by_role("link", name="Zoé 7 L’Hôte").click()
    sound(page)


def test_import_without_scripts(
    new_context: Callable[..., Any], mailer_app: Any, serve: Callable[[Any], str], sign_in: Callable[..., Any]
) -> None:
    site = serve(mailer_app)
    context = new_context(java_script_enabled=False)
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/contacts/importer/")
    content = "Courriel;Prénom\nzoe@asso.example;Zoé\nZOE@ASSO.EXAMPLE;Zoé\nperdu;X\n".encode("cp1252")
    page.get_by_label("Le fichier").set_input_files([{"name": "liste.csv", "mimeType": "text/csv", "buffer": content}])
    page.get_by_role("button", name="Voir ce que contient ce fichier").click()
    page.get_by_label("La source").fill("bulletins d’adhésion")
    page.get_by_label("Ce que ces personnes ont lu").fill("J’accepte de recevoir L’Écho")
    page.get_by_role("button", name="Importer 1 personne").click()
    page.get_by_role("link", name="Télécharger le compte rendu").wait_for()
    assert "il manque l’arobase" in page.locator("table").inner_text()


def test_order_by_dragging(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    number_34: tuple[uuid.UUID, str],
) -> None:
    with mailer_db.transaction() as session:
        item = {"section": "headline", "title": "Cinq ateliers", "text": "Une même question."}
        issues.add_item(session, number_34[0], item, who=WHO, now=clock.now())
    site = serve(mailer_app)
    context = new_context()
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/numeros/{number_34[0]}")
    titles = page.locator("[data-section=headline] h3")
    expect(titles).to_have_text(["Six coups de cœur", "Cinq ateliers"])
    first = page.locator("[data-section=headline] > li").first
    expect(first.get_by_role("button", name="Monter")).to_be_hidden()  # nothing stands above it
    grips = page.locator("[data-section=headline] .grip")
    held = page.locator(".dragging")
    grips.nth(1).hover(position={"x": 8, "y": 8})  # which waits until it stands still
    page.mouse.down()
    expect(held).to_have_count(1)
    above = titles.nth(0).bounding_box()
    rests = "new Promise((over) => setTimeout(() => over(scrollY), 200))"
    assert page.evaluate("scrollY") == page.evaluate(rests)  # the page runs away from no grip that is only held
    page.mouse.move(above["x"], above["y"] + 20, steps=5)
    for _ in range(20):  # as a hand follows what it aims at: the page may roll meanwhile
        if titles.all_inner_texts() == ["Cinq ateliers", "Six coups de cœur"]:
            break
        above = titles.nth(0).bounding_box()
        page.mouse.move(above["x"], above["y"], steps=5)
    page.mouse.up()
    page.get_by_text("L’ordre est gardé.").wait_for()
    page.reload()
    expect(titles).to_have_text(["Cinq ateliers", "Six coups de cœur"])

    # From one section into another, an empty one, by the grip; then back by the arrows.
    empty = page.locator("[data-section=calls]")
    nothing = empty.locator("xpath=following-sibling::p[1]")
    expect(nothing).to_be_visible()
    page.locator("#s-agenda").scroll_into_view_if_needed()
    grips.nth(1).hover(position={"x": 8, "y": 8})
    page.mouse.down()
    expect(held).to_have_count(1)
    there = page.locator("#s-calls").bounding_box()
    page.mouse.move(there["x"], there["y"] + 20, steps=8)
    expect(nothing).to_be_hidden()
    page.mouse.up()
    page.get_by_text("L’article est dans « Appels à projets ».").wait_for()
    page.reload()
    expect(titles).to_have_text(["Cinq ateliers"])
    expect(empty.locator("h3")).to_have_text(["Six coups de cœur"])
    empty.locator(".grip").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_text("L’article est dans « Agenda ».").wait_for()
    page.keyboard.press("ArrowUp")  # the grip has kept the focus
    page.keyboard.press("ArrowUp")
    page.get_by_text("L’article est dans « À la une ».").wait_for()
    page.reload()
    expect(titles).to_have_text(["Cinq ateliers", "Six coups de cœur"])


def test_order_by_a_finger_beyond_the_screen(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    number_34: tuple[uuid.UUID, str],
) -> None:
    with mailer_db.transaction() as session:
        for name in ("Un", "Deux", "Trois", "Quatre"):
            item = {"section": "members", "title": name, "text": "Une phrase entière. " * 28}
            issues.add_item(session, number_34[0], item, who=WHO, now=clock.now())
    site = serve(mailer_app)
    context = new_context(viewport="phone", has_touch=True, is_mobile=True)
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/numeros/{number_34[0]}")
    titles = page.locator("[data-section=members] h3")
    expect(titles).to_have_text(["Un", "Deux", "Trois", "Quatre"])
    grip = page.locator("[data-section=members] .grip").last
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    finger = context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": box["x"] + 8, "y": box["y"] + 8})
    first = page.locator("[data-section=headline] h3")
    touch("touchMove", {"x": box["x"] + 8, "y": 30})
    expect(first).to_have_text(["Quatre", "Six coups de cœur"])  # it has been held there until all went by
    touch("touchEnd")
    page.get_by_text("L’ordre est gardé. L’article est dans « À la une ».").wait_for()
    page.reload()
    expect(first).to_have_text(["Quatre", "Six coups de cœur"])
    expect(titles).to_have_text(["Un", "Deux", "Trois"])
