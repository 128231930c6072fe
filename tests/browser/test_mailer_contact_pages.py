"""From a workbook to what one reader keeps, in a real browser: a long file says how far it is by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import chores, contacts, unsubscribe
from services.mailer.models.contacts import ECHO, Contact
from services.mailer.models.ledger import Message
from shared import clock, workbooks
from shared.db import Database
from tests.mailer_people import campaign
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEAD = ["Courriel", "Prénom", "Nom", "Structure", "Pays", "Notes"]


@pytest.mark.parametrize("viewport", ["desk"])
def test_from_a_workbook_to_what_a_reader_keeps(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    viewport: str,
) -> None:
    people = [["zoe@asso.example", "Zoé", "Rakotondrainibe", "Rizières sans frontières", "Madagascar", ""],
              ["sans-arobase", "Noé", "", "", "", ""], ["lea@asso.example", "=1+1", "", "", "", ""]]  # fmt: skip
    people += [[f"p{n}@asso.example", "Camille", f"Hôte {n}", "Relais", "Madagascar", "n" * 1900] for n in range(1600)]
    with mailer_db.transaction() as session:
        contacts.save(session, [contacts.Person("p7@asso.example")], clock.now())
    address = serve(mailer_app)
    context = new_context(bypass_csp=True)
    sign_in(context, "editor")
    page = context.new_page()
    page.goto(f"{address}/contacts/importer/")
    sound(page, "mailer-import")
    file = {"name": "adhésions.xlsx", "mimeType": "", "buffer": workbooks.written("Liste", [HEAD, *people])}
    page.get_by_label("Le fichier").set_input_files(file)
    page.get_by_role("button", name="Voir ce que contient ce fichier").click()
    page.get_by_text("du fichier est lu").wait_for()
    sound(page, "mailer-import-reading")
    chores.bring_in(mailer_db)
    page.get_by_role("heading", name="Les colonnes").wait_for()  # the page went on by itself
    sound(page, "mailer-import-preview")
    page.get_by_label("La source").fill("bulletins d’adhésion 2016")
    page.get_by_label("Ce que ces personnes ont lu").fill("J’accepte de recevoir L’Écho du Réseau")
    page.get_by_role("button", name=re.compile("Importer 1.601 personnes")).click()
    page.get_by_text("de l’import est écrit").wait_for()
    chores.bring_in(mailer_db)
    page.get_by_role("link", name="Télécharger le compte rendu").wait_for()
    sound(page, "mailer-import-done")
    page.get_by_role("link", name="Défaire cet import…").click()
    page.get_by_text(re.compile("1.600 contacts que ce fichier avait ajoutés sont effacés")).wait_for()
    sound(page, "mailer-import-undo")

    with mailer_db.reading() as session:
        zoe = session.scalars(sa.select(Contact.id).where(Contact.email_key == "zoe@asso.example")).one()
    token = unsubscribe.token(zoe, ECHO, secret=mailer_app.extensions["settings"].secret_key)
    page.goto(f"{address}/preferences/{token}")
    page.get_by_label("seulement les numéros").check()
    page.get_by_label("Appels à projets", exact=True).check()
    page.get_by_label("Madagascar").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer mes choix").click()
    assert page.get_by_label("Madagascar").is_checked()
    sound(page, "mailer-preferences")
    page.get_by_role("button", name="M’envoyer le lien").click()
    page.get_by_text("dans la minute").wait_for()
    with mailer_db.reading() as session:
        data = session.scalars(sa.select(Message.data).where(Message.template == "own_data_link")).one()
    page.goto(address + data["link"][data["link"].index("/mes-donnees/") :])
    sound(page, "mailer-own-data")

    campaign(mailer_db)
    page.goto(f"{address}/contacts/?q=rakoto")
    page.get_by_role("link", name="Zoé Rakotondrainibe").click()
    page.get_by_role("heading", name="L’a-t-elle reçu").wait_for()
    sound(page, "mailer-person")
    page.goto(f"{address}/contacts/sans-nouvelles")
    sound(page, "mailer-silent")


@pytest.mark.parametrize("viewport", ["phone"])
def test_one_person_twice_and_many_at_once(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    asso = contacts.Person("zoe.rakotondrainibe@rizieres-sans-frontieres.example", "Zoé", "Rakotondrainibe", "Rizières")
    home = contacts.Person("zoe@perso.example", "Zoé", "Rakotondrainibe")
    with mailer_db.transaction() as session:
        for person in (asso, home, contacts.Person("lea@asso.example", "Léa", "Rakoto")):
            contacts.subscribe(session, person, ECHO, "formulaire", "Je veux L’Écho", "1", clock.now())
        second = session.scalars(sa.select(Contact).where(Contact.email_key == home.email)).one()
        contacts.withdraw(session, second.id, ECHO, "lien du message", "Me désabonner", "1", clock.now())
    address = serve(mailer_app)
    context = new_context(bypass_csp=True)
    sign_in(context, "editor")
    page = context.new_page()
    page.goto(f"{address}/contacts/?q=rakoto")
    sound(page, "mailer-contacts-selection")
    page.get_by_text("Filtrer la liste").click()
    page.get_by_label("État").select_option("withdrawn")
    page.get_by_text("1 contact", exact=True).first.wait_for()
    page.get_by_label("État").select_option("")
    page.get_by_text("3 contacts", exact=True).first.wait_for()
    page.get_by_label("Pour ces 3 contacts").select_option("join")
    page.get_by_role("button", name="Continuer").click()
    sound(page, "mailer-contacts-ensemble")
    page.get_by_label("La liste").select_option(index=1)
    page.get_by_label("D’où vient leur accord").fill("non")
    page.get_by_role("button", name="Ajouter 3 contacts").click()
    page.get_by_text("est à revoir").wait_for()
    sound(page, "mailer-contacts-ensemble-refuse")
    page.get_by_role("link", name="Ne rien changer").click()
    page.get_by_role("link", name="Zoé Rakotondrainibe").first.click()
    page.get_by_role("link", name="Réunir avec une autre fiche").click()
    sound(page, "mailer-contact-reunir")
    page.get_by_role("link", name="Zoé Rakotondrainibe").last.click()
    page.get_by_text("elle l’a quitté à l’").wait_for()
    sound(page, "mailer-contact-reunir-confirmer")
    page.get_by_role("button", name="Réunir les deux fiches").click()
    page.get_by_text("Deux fiches réunies").wait_for()
    sound(page, "mailer-contact-reunie")
    page.get_by_role("link", name="Changer son adresse").click()
    page.get_by_label("Sa nouvelle adresse").fill("zoe")
    page.get_by_label("Comment le savez-vous").fill("elle a appelé")
    page.get_by_role("button", name="Changer l’adresse").click()
    page.get_by_text("nom@domaine.fr").first.wait_for()
    sound(page, "mailer-contact-adresse")
