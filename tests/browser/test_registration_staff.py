"""The staff among three hundred people: filter, write to some of them, take it back; in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from services.registration.use_cases import carpool, desk, links, matchmaking, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EVENT = "/equipe/evenements/agora-2016"


def test_filter_write_preview_confirm_and_take_back(
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
    for number in range(4):
        with registration_db.transaction() as session:
            data = answers(number, department="34" if number else "31", workshops=[event.workshops[0].id])
            registering.register(session, event.id, data, NOW, site=SITE)
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    sign_in(page, "staff")

    page.goto(f"{site}{EVENT}/inscriptions")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#f-departement")).to_be_hidden()  # a first name stands on a phone's first screen
    assert page.get_by_role("link", name="Personne0 Noé").bounding_box()["y"] < 844
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator("#f-departement").select_option("34")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_text("3 inscriptions")).to_be_visible()
    sound(page, "staff-list")
    page.locator("summary", has_text="Filtres gardés").click()
    page.get_by_label("Garder ce filtre sous le nom").fill("Hérault")
    page.get_by_role("button", name="Garder").click()
    expect(page.get_by_role("navigation", name="Filtres gardés").get_by_role("link", name="Hérault")).to_be_visible()
    page.get_by_label("Choisir Noé Personne1").check()
    page.get_by_label("Avec les cases cochées").select_option("cancel")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Annuler 1 inscription")).to_be_visible()
    page.get_by_label("Motif").fill("Inscrit deux fois")
    sound(page, "staff-bulk")
    page.get_by_role("button", name="Annuler 1 inscription").click()
    expect(page.get_by_role("heading", name="1 inscription annulée")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_role("heading", name="C’est repris")).to_be_visible()

    rows = "Nom;Prénom;Courriel\nRakoto;Soa;soa@example.org\nAli;;x"
    page.goto(f"{site}{EVENT}/inscriptions/fichier")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    heavy = {"name": "trop.csv", "mimeType": "text/csv", "buffer": b"x" * (12 * 1024 * 1024 + 1)}
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(heavy)  # it does not leave the machine
    expect(page.get_by_role("alert")).to_contain_text("« trop.csv » pèse plus de 12 Mo")
    assert page.get_by_label("Fichier CSV ou XLSX").input_value() == ""
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(file)
    expect(page.get_by_role("alert")).to_be_empty()
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.get_by_text("sera inscrite").first).to_be_visible()
    sound(page, "staff-file")
    page.get_by_role("button", name="Inscrire 1 personne").click()
    expect(page.get_by_text("inscrite, place certaine").first).to_be_visible()

    page.goto(f"{site}{EVENT}/inscriptions")
    page.get_by_role("navigation", name="Filtres gardés").get_by_role("link", name="Hérault").click()
    page.get_by_label("Avec les cases cochées").select_option("write")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Objet").first.fill("La salle change")
    page.get_by_label("Message", exact=True).fill("L’atelier se tient salle Corbières.\n\nÀ vendredi.")
    sound(page, "staff-write")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.get_by_text("Bonjour Noé,")).to_be_visible()
    sound(page, "staff-preview")
    page.get_by_role("button", name="Confirmer pour 3 personnes").click()
    expect(page.get_by_text("Rien n’est parti.")).to_be_visible()
    sound(page, "staff-message")
    page.get_by_role("button", name="Reprendre le message").click()
    expect(page.get_by_text("Le message est repris")).to_be_visible()


def test_two_people_share_a_car_and_find_who_works_where_they_do(
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
    tokens = []
    for number in range(2):
        with registration_db.transaction() as session:
            data = answers(number, department="34", first_name=("Soa", "Inès")[number])
            made = registering.register(session, event.id, data, NOW, site=SITE)
            tokens.append(links.issue(session, made.registration_id, "test", NOW))
            if not number:
                matchmaking.agree(
                    session, made.registration_id, ["MG"], [], "Antsirabe", agreed=True, wording="Oui.", now=NOW
                )
                carpool.travel(session, made.registration_id, "offer", 2, "Lodève", None, NOW)
    site = str(serve(registration_app))
    page = new_context(viewport="phone").new_page()
    page.goto(f"{site}/i/{tokens[1]}")
    page.get_by_role("link", name="Covoiturer").click()
    page.get_by_label("cherchez une place").check()
    page.get_by_label("Combien de places").fill("1")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("2 places libres")).to_be_visible()
    page.get_by_text("Écrire à Soa").click()
    page.get_by_label("Votre message").fill("Devant la gare de Lodève à 7 h ?")
    sound(page, "carpool")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Votre message part.")).to_be_visible()
    page.goto(f"{site}/i/{tokens[0]}/covoiturage")
    expect(page.get_by_text("Devant la gare de Lodève à 7 h ?")).to_be_visible()
    page.get_by_role("button", name="Inès voyage avec moi").click()
    expect(page.get_by_text("Il vous reste 1 place.")).to_be_visible()
    sound(page, "carpool-driver")

    page.goto(f"{site}/i/{tokens[1]}/rencontres")
    page.get_by_label("Madagascar").check()
    page.get_by_label("Une commune, une région").fill("ANTSIRABE")
    page.get_by_label("J’accepte que les autres").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="1 personne travaille aussi avec ANTSIRABE")).to_be_visible()
    sound(page, "matchmaking")


def test_the_door_is_followed_and_a_server_that_does_not_answer_is_said(
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
    page = new_context(viewport="desk").new_page()
    site = str(serve(registration_app))
    sign_in(page, "staff")
    page.goto(f"{site}{EVENT}/accueil")
    away = page.get_by_text("Pas de nouvelles du serveur")

    def look() -> None:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.route("**/en-direct", lambda _route: None)  # neither an answer nor a refusal
    look()
    expect(away).to_be_visible(timeout=12_000)
    page.unroute("**/en-direct")
    with registration_db.transaction() as session:
        desk.open_desk(session, event.id, NOW, who="test")
    look()
    expect(page.get_by_text("code donné, pas encore utilisé")).to_be_visible()
    expect(away).not_to_be_visible()


def test_the_code_that_opens_a_desk_fits_a_phone(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any, sign_in: Any
) -> None:
    with registration_db.transaction() as session:
        an_event(session)
    page = new_context(viewport="phone").new_page()
    sign_in(page, "staff")
    page.goto(f"{serve(registration_app)}{EVENT}/accueil")
    page.get_by_role("button", name="Ajouter un poste").first.click()
    expect(page.get_by_role("heading", name="Code du poste 1")).to_be_visible()
    sound(page)


def test_a_long_name_pushes_no_column_out(
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
        data = answers(1, workshops=[event.workshops[0].id], last_name="Rakoto" * 19, structure="Fédération" * 19)
        registering.register(session, event.id, data, NOW, site=SITE)
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    sign_in(page, "staff")
    page.goto(f"{site}{EVENT}/inscriptions")
    for width in (360, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator(".table-wrap").evaluate("found => found.scrollWidth <= found.clientWidth"), width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    head = page.get_by_role("columnheader", name="Département").bounding_box()
    assert head
    assert head["height"] < 60, "the other columns keep their words whole"
    sound(page)
