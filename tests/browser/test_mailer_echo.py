"""L'Écho's desk in a real browser: the year, whose turn, order by keyboard, the mail as one reader sees it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from services.mailer import contacts, contributions, issues, publishing
from services.mailer.models.contacts import ECHO
from services.mailer.publishing import House
from shared import clock
from shared.db import Database
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WHO, OTHER = "camille.roux@agora.example", "sacha.blanc@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
TEXT = "Quarante élèves ont un toit, une cour et un puits. Merci à toutes celles et ceux qui ont tenu la truelle. " * 2


@pytest.mark.parametrize("viewport", ["desk"])
def test_the_editors_desk(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    viewport: str,
) -> None:
    now = clock.now()
    soon = now.astimezone(clock.PARIS).date() + dt.timedelta(days=20)
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("zoe@asso.example", "Zoé", "Dupont"), ECHO, "test", "oui", "1", now)
        for number, writers in ((33, ["Eau Partagée", "Relais 31"]), (34, ["Eau Partagée"]), (35, ["Lo Camin"])):
            head = {"number": number, "title": "Agir ensemble", "planned_on": soon - dt.timedelta(days=60),
                    "contributions_on": soon, "editorial": "Bonne lecture !"}  # fmt: skip
            issue = issues.create(session, head, who=WHO, now=now)
            for title in ["Un toit", "Un puits", "Une cour"] if number == 35 else ["Des nouvelles"]:
                item = {"section": "members", "title": title, "text": TEXT, "structure": writers[0]}
                issues.add_item(session, issue, item, who=WHO, now=now)
            if number < 35:
                publishing.send(session, issue, HOUSE, who=OTHER, now=now)
                old = issue
        for name in ("Mada Toulouse", "Eau Partagée", "Relais 31"):
            author = contributions.invite(
                session, structure=name, name="x", email=f"{name[0]}@asso.example", who=WHO, now=now
            )[0]
            contributions.submit(session, author, {"section": "members", "title": f"De {name}", "text": TEXT}, now=now)

    site = serve(mailer_app)
    context = new_context(bypass_csp=True)
    sign_in(context, "editor", email=WHO)
    page = context.new_page()
    page.goto(f"{site}/numeros/plan?annee={soon.year + 1}")
    page.get_by_label("Thème").first.fill("L’eau")
    sound(page, "echo-plan")
    page.get_by_role("button", name="Enregistrer le plan").click()
    page.get_by_role("link", name="L’eau").wait_for()
    page.goto(f"{site}/contributeurs/rotation")
    sound(page, "echo-rotation")

    page.goto(f"{site}/numeros/{issue}")
    grip = page.get_by_role("button", name="Déplacer avec les flèches : Une cour")
    grip.focus()
    page.keyboard.press("ArrowUp")
    page.get_by_text("L’ordre est gardé.").wait_for()
    page.reload()
    expect(page.locator(".echo-items h3")).to_have_text(["Un toit", "Une cour", "Un puits"])
    first = page.locator(".echo-items > li").first
    expect(first.get_by_role("button", name="Monter")).to_be_visible()  # into the section above
    expect(first.get_by_role("button", name="Descendre")).to_be_visible()
    sound(page, "echo-editor")

    page.get_by_role("link", name="Aperçu").click()
    page.get_by_label("Le voir comme").fill("dupont")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Zoé Dupont").click()
    page.get_by_text("Tel que zoe@asso.example").wait_for()
    mail = page.frame_locator("iframe.phone")
    mail.get_by_role("link", name="Me désabonner").wait_for()
    assert "/unsubscribe/" in str(mail.get_by_role("link", name="Me désabonner").get_attribute("href"))
    page.emulate_media(color_scheme="null")  # what is emulated would hold in every frame
    night = page.frame_locator("iframe.night").locator("body")
    expect(night).to_have_css("background-color", "rgb(24, 21, 18)")
    page.emulate_media(color_scheme="light")
    sound(page, "echo-preview")

    page.goto(f"{site}/numeros/{issue}/envoyer")
    sound(page, "echo-alone")
    sign_in(context, "editor", email=OTHER)
    page.reload()
    page.get_by_text("Plutôt à une heure dite").click()
    sound(page, "echo-send")
    page.get_by_role("button", name="Programmer l’envoi").click()
    page.get_by_text("Il partira").wait_for()
    sound(page, "echo-scheduled")

    page.goto(f"{site}/numeros/{old}")
    page.get_by_role("link", name="Corriger sur le web").click()
    page.get_by_label("Texte").fill("Il a plu, et c’est heureux.")
    page.get_by_label("Ce qui est corrigé").fill("Il n’a pas neigé : il a plu.")
    sound(page, "echo-correction")
    page.get_by_role("button", name="Corriger la page").click()
    page.get_by_text("La page publique est corrigée").wait_for()
    page.get_by_role("link", name="Chiffres").click()
    page.get_by_role("heading", name="Liens suivis").wait_for()
    sound(page, "echo-figures")
    page.goto(f"{site}/delivrabilite")
    page.get_by_role("heading", name="À qui parler").wait_for()
    sound(page, "echo-deliverability")
    page.goto(f"{site}/echo/34")
    page.get_by_text("Il n’a pas neigé").wait_for()
    sound(page, "echo-archive")


def test_an_association_adds_a_photo(
    new_context: Callable[..., Any], mailer_app: Any, mailer_db: Database, serve: Callable[[Any], str]
) -> None:
    now = clock.now()
    soon = now.date() + dt.timedelta(days=20)
    with mailer_db.transaction() as session:
        head = {"number": 35, "title": "Agir", "planned_on": soon, "contributions_on": soon}
        issues.create(session, head, who=WHO, now=now)
        token = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="i@camin.example", who=WHO, now=now
        )[1]
    taken = io.BytesIO()
    Image.new("RGB", (1600, 1200), (150, 60, 50)).save(taken, "JPEG")
    page = new_context(bypass_csp=True).new_page()
    page.goto(f"{serve(mailer_app)}/contribuer/{token}")
    page.get_by_label("Titre").fill("Une classe ouvre")
    page.get_by_label("Texte").fill(TEXT)
    page.get_by_label("Le fichier").set_input_files(
        {"name": "trop.jpg", "mimeType": "image/jpeg", "buffer": bytes(10 * 1024 * 1024 + 1)}
    )
    expect(page.get_by_text("« trop.jpg » pèse plus de 10 Mo")).to_be_visible()
    page.get_by_label("Le fichier").set_input_files(
        {"name": "toit.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}
    )
    page.get_by_role("button", name="Envoyer à la rédaction").click()
    expect(page.get_by_role("link", name="Dites qui a pris la photo")).to_be_visible()
    sound(page, "echo-photo")
    page.get_by_label("Ce que montre la photo").fill("Un toit rouge")
    page.get_by_label("Crédit").fill("Photo : Inès")
    page.get_by_label("J’ai le droit").check()
    page.set_viewport_size({"width": 360, "height": 780})
    page.get_by_role("button", name="Voir le rendu").click()
    expect(page.locator("iframe.phone")).to_be_in_viewport(ratio=0.9)
    seen = page.frame_locator("iframe.phone").get_by_alt_text("Un toit rouge")
    expect(seen).to_have_js_property("naturalWidth", 1144)
    page.get_by_role("button", name="Envoyer à la rédaction").click()
    expect(page.get_by_text("Reçu pour le nº 35. La réponse")).to_be_visible()
