"""What follows an award, as its people see it: the bearer on a phone, the staff and the treasurer at a desk."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.jury_applications import COMPLETE
from tests.jury_followup import awarded, facts
from tests.jury_room import Room
from tests.soundness import sound

PDF = b"%PDF-1.7\nhello\n%%EOF\n"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_secretary_writes_a_call_and_a_bearer_files_an_application(
    new_context: Callable[..., Any],
    jury_app: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    tmp_path: Path,
) -> None:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    site, desk = serve(jury_app), new_context().new_page()
    sign_in(desk, "secretary")
    desk.goto(f"{site}/equipe/appels/financement")
    desk.get_by_role("textbox", name="Titre").fill("Appel à projets 2031")
    desk.get_by_role("textbox", name="Organisateur").fill("Réseau Coop d’Oc")
    desk.get_by_role("textbox", name="Financeur").fill("Région d’exemple")
    desk.get_by_label("Dernier jour pour déposer").fill("2031-03-30")
    desk.get_by_role("button", name="Créer l’appel").click()
    expect(desk.get_by_text("L’appel est créé.")).to_be_visible()
    sound(desk, "jury-rulebook")
    desk.get_by_role("link", name="Changer les enveloppes").click()
    row = desk.get_by_role("group", name="Nouvelle ligne").first
    row.get_by_label("Titre").fill("Accueil de réfugiés")
    row.get_by_label("Financeur").fill("Département d’exemple")
    row.get_by_label("Somme, en euros").fill("800 000")
    row.get_by_label("Par personne, en euros").fill("beaucoup")
    desk.get_by_role("button", name="Garder cette version").click()
    expect(desk.get_by_role("heading", name="Rien n’est enregistré")).to_be_visible()
    desk.get_by_role("group", name="Accueil de réfugiés").get_by_label("Par personne, en euros").fill("1 000")
    desk.get_by_role("button", name="Garder cette version").click()
    expect(desk.get_by_text("Une nouvelle version est gardée.")).to_be_visible()
    sound(desk, "jury-envelopes")
    call = desk.url.split("/appels/")[1].partition("/")[0]
    narrow = new_context(viewport="phone").new_page()
    sign_in(narrow, "secretary")
    narrow.goto(f"{site}/equipe/appels/{call}/grille/modifier")
    sound(narrow, "jury-grille")
    desk.goto(f"{site}/equipe/appels/{call}")
    desk.get_by_role("button", name="Rendre l’appel public").click()
    expect(desk.get_by_text("L’appel est public.")).to_be_visible()

    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{site}/appels/{call}/deposer")
    phone.get_by_label("Prénom").fill("Léa")
    phone.get_by_label("Nom", exact=True).fill("Bories")
    phone.get_by_label("Adresse électronique").fill("lea@eau.example")
    phone.get_by_role("button", name="Commencer le dossier").click()
    expect(phone.get_by_text("Le dossier est commencé.")).to_be_visible()
    draft = phone.url
    phone.get_by_role("button", name="Un lien pour écrire à deux").click()
    expect(phone.get_by_label("L’adresse à copier")).to_have_value(re.compile("/dossiers/"))
    phone.goto(draft)
    for name, value in COMPLETE.items():
        box = phone.locator(f"[name={name}]")
        if name in ("legal_form", "place", "authority", "first"):
            box.select_option(value)
        elif name == "commitment":
            box.check()
        else:
            box.fill(value)
    expect(phone.get_by_text("Le budget est en équilibre.")).to_be_visible()
    phone.get_by_role("button", name="Ajouter un poste").first.click()
    phone.locator("[name=expense_amount_4]").fill("250")
    expect(phone.get_by_text(re.compile("Il manque 250"))).to_be_visible()
    phone.locator("[name=expense_amount_4]").fill("")
    phone.get_by_role("button", name="Enregistrer", exact=True).click()
    told = re.compile(r"ce sera déjà le lendemain\s: lundi 31 mars 2031 à 4\sh\s59\.")
    expect(phone.get_by_text(told)).to_be_visible()
    sound(phone, "jury-application")
    for paper in ("statuts", "budget", "partenaire"):
        part = phone.locator(f"#piece-{paper}")
        phone.locator("[name=locality]").fill(f"Fatick, après {paper}")
        part.locator("input[type=file]").set_input_files(
            {"name": "x.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        part.get_by_role("button", name="Joindre").click()
        expect(part.get_by_role("link", name="x.pdf")).to_be_visible()
        expect(phone.locator("[name=locality]")).to_have_value(f"Fatick, après {paper}")
    phone.get_by_role("button", name="Enregistrer et vérifier").click()
    expect(phone.get_by_role("heading", name="Vérifier et déposer")).to_be_visible()
    sound(phone, "jury-application-check")
    phone.get_by_role("button", name="Déposer le dossier").click()
    expect(phone.get_by_text("Votre dossier est déposé.")).to_be_visible()
    sound(phone, "jury-application-filed")

    phone.get_by_role("button", name="Corriger ce dossier").click()
    expect(phone.get_by_text("Vous corrigez un dossier déposé le")).to_be_visible()
    sound(phone, "jury-application-correcting")
    phone.get_by_label("Titre du projet").fill("De l’eau à Pailin")
    phone.get_by_role("button", name="Enregistrer et vérifier").click()
    phone.get_by_role("button", name="Déposer la correction").click()
    expect(phone.get_by_text("1 dépôt précédent")).to_be_visible()
    sound(phone, "jury-application-corrected")
    desk.goto(f"{site}/equipe/appels/{call}/dossiers")
    desk.get_by_role("link", name="De l’eau à Pailin").click()
    expect(desk.get_by_role("row", name="Titre du projet")).to_contain_text(COMPLETE["title"])
    sound(desk, "jury-review-corrected")


@pytest.fixture
def room(jury_app: Any, jury_db: Any, jury_client: Any, tmp_path: Path) -> Room:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    room = Room(jury_db)
    awarded(room, jury_client)
    return room


def test_an_award_from_its_first_payment_to_the_report_that_opens_the_next(
    room: Room,
    new_context: Callable[..., Any],
    jury_app: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    site, desk = serve(jury_app), new_context().new_page()
    sign_in(desk, "staff")
    desk.goto(f"{site}/equipe/tours/{room.round_id}/suivi")
    desk.get_by_label("Part versée avant le rapport").fill("80")
    desk.get_by_label("Premier rapport attendu le").fill("2031-01-31")
    desk.get_by_role("button", name="Ouvrir le suivi").click()
    expect(desk.get_by_text("chaque porteur reçoit son lien")).to_be_visible()
    sound(desk, "jury-followup")
    desk.get_by_role("link", name="Versements de cet appel").click()
    row = desk.locator("#lignes tbody tr").first
    row.get_by_label("Référence").fill("VIR 2031-12")
    row.get_by_role("button", name="Noter versé").click()
    expect(desk.get_by_text("Le versement est noté.")).to_be_visible()
    sound(desk, "jury-payments")

    phone = new_context(viewport="phone").new_page()
    link = str(facts(room, "jury.award.opened.v1")[0]["link"])
    phone.goto(site + "/suivi/" + link.rpartition("/")[2] + "/")
    expect(phone.get_by_text("Bloqué").first).to_be_visible()
    sound(phone, "jury-followup")
    phone.get_by_label("Ce qui a été fait").fill("Deux puits creusés, un comité formé.")
    phone.get_by_label("Ce que cela a changé").fill("L’eau coule toute l’année.")
    phone.get_by_role("button", name="Envoyer le rapport").click()
    expect(phone.get_by_role("heading", name="2 réponses sont à revoir")).to_be_visible()
    sound(phone, "jury-followup-errors")
    phone.get_by_label("Personnes qui en ont profité").fill("340")
    phone.get_by_label("Dépensé en tout").fill("6 200,50")
    phone.get_by_role("button", name="Envoyer le rapport").click()
    expect(phone.get_by_text("Votre rapport est envoyé.")).to_be_visible()

    desk.goto(f"{site}/equipe/tours/{room.round_id}/suivi")
    desk.locator("tr").filter(has_text="Reçu, à examiner").get_by_role("link", name="Année 1").click()
    sound(desk, "jury-report")
    desk.get_by_role("button", name="Accepter le rapport").click()
    expect(desk.get_by_text("ce qui l’attendait peut être versé")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("À verser")).to_have_count(2)
