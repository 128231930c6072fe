"""The secretariat and the chair on the day of the jury, in a real browser, at three widths."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.jury_room import Room
from tests.soundness import faults, sound

pytestmark = pytest.mark.browser

TITLES = [
    "La filière du mil, du champ au marché",
    "Six salles de classe à Rosso",
    "Reboiser le bassin de la Kolenté",
    "De la lumière dans les maternités",
    "Un lycée agricole jumelé à Antsirabe",
    "L’eau potable de Kampong Chhnang",
    "Cantines scolaires du quartier Médina",
    "Radio communautaire de la vallée",
    "Compost et maraîchage à Ziguinchor",
    "Soigner à domicile en Amazonie",
    "Filles et métiers du bâtiment",
    "Archives sonores de Naplouse",
    "Ruches et forêt à Ambositra",
    "Apprendre le braille à Chengdu",
    "Pistes cyclables de Recife",
    "Savon d’olive, coopérative de femmes",
    "Cartographier les puits du Ferlo",
    "Théâtre des deux rives",
]
JURORS = [
    ("Aline", "Vidal"),
    ("Bruno", "Castan"),
    ("Chloé", "Ferrié"),
    ("Denis", "Galibert"),
    ("Élodie", "Marty"),
    ("Farid", "Benali"),
    ("Geneviève", "Rakotondrainibe"),
    ("Hugo", "Puech"),
    ("Inès", "Delmas"),
    ("Jean-Luc", "Astruc"),
    ("Karima", "Ziani"),
    ("Louis", "Cazals"),
]


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, TITLES, JURORS)


@pytest.fixture
def url(jury_app: Any, serve: Callable[[Any], str]) -> str:
    return serve(jury_app)


@pytest.fixture
def staff_page(page: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(page, "secretary")
    return page


def half_way(room: Room, client: Any) -> None:
    """Most sheets are in; two recusals, one juror lags behind. The levels are drawn with a fixed seed."""
    chance = random.Random(2016)
    merit = [chance.choice([2, 3, 3, 4]) for _ in room.projects]
    for number in range(len(JURORS)):
        tablet = room.tablet(client, number)
        criteria = [c["id"] for c in tablet.criteria]
        upto = 4 if number == 8 else 11 + number % 3
        operations = [
            tablet.operation(room.projects[p], field, min(5, max(0, merit[p] + chance.choice([-1, 0, 0, 1]))))
            for p in range(upto)
            for field in criteria
        ]
        operations.append(tablet.operation(room.projects[upto], criteria[0], 3))
        for start in range(0, len(operations), 200):
            tablet.send(*operations[start : start + 200])
        client.post("/api/tablet/heartbeat", json={"pending": 6 if number == 8 else 0}, headers=tablet.headers)
    room.recuse(2, 4)
    room.recuse(6, 12, "indirect")


def assert_accessible(page: Any) -> None:
    assert faults(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("viewport", ["desk"])
def test_every_staff_page_fits_and_is_accessible(room: Room, url: str, staff_page: Any, jury_app: Any) -> None:
    jury_app.config["WTF_CSRF_ENABLED"] = False
    half_way(room, jury_app.test_client())
    jury_app.config["WTF_CSRF_ENABLED"] = True
    call, this = f"{url}/equipe/appels/{room.call_id}", f"{url}/equipe/tours/{room.round_id}"

    def look(address: str) -> None:
        staff_page.goto(address)
        expect(staff_page.locator("h1, h2").first).to_be_visible()
        sound(staff_page)

    for page in [f"{url}/equipe/", f"{url}/equipe/appels/nouveau", call, f"{call}/projets", f"{call}/jury"]:
        look(page)
    for name in ("", "ecran", "tablettes", "tardives", "classement", "clore"):
        look(f"{this}/{name}")
    room.close()
    for name in ("classement", "deliberation/", "aides/", "signer"):
        look(f"{this}/{name}")
    staff_page.get_by_role("button", name="Signer et figer").click()
    expect(staff_page.get_by_text("Empreinte SHA-256")).to_be_visible()
    assert_accessible(staff_page)
    look(f"{this}/publier")


def test_the_board_shows_a_new_score_by_itself(room: Room, url: str, staff_page: Any, jury_app: Any) -> None:
    """How soon (two seconds at most) is measured by `make load-jury`. What is pressed at that instant waits for the
    finger, and the keyboard stays where it was."""
    staff_page.goto(f"{url}/equipe/tours/{room.round_id}/")
    expect(staff_page.get_by_text("En direct.")).to_be_visible()
    tablet = room.tablet(jury_app.test_client(), 4)
    expect(staff_page.get_by_text("à l’instant")).to_be_visible()
    staff_page.get_by_role("region", name="Qui a noté quoi").hover()
    staff_page.mouse.down()
    goes = 'document.getElementById("board").insertAdjacentHTML("afterbegin", "<a href=x>une saisie tardive</a>")'
    staff_page.evaluate(goes)  # a link before the table that the next one has not
    with staff_page.expect_response(lambda answer: "tableau" in answer.url and answer.status == 200):
        tablet.score(room.projects[6], [3] * 8)
    row = staff_page.get_by_role("row", name=re.compile("Élodie Marty"))
    expect(row.locator(".mark-complete")).to_have_count(0)
    staff_page.mouse.up()
    expect(row.locator(".mark-complete")).to_have_count(1)
    expect(staff_page.get_by_role("region", name="Qui a noté quoi")).to_be_focused()
    expect(row).to_contain_text("1/18")


def test_the_board_says_when_the_server_is_silent(room: Room, url: str, staff_page: Any) -> None:
    staff_page.goto(f"{url}/equipe/tours/{room.round_id}/")
    expect(staff_page.get_by_text("En direct.")).to_be_visible()
    staff_page.context.set_offline(True)
    expect(staff_page.get_by_text(re.compile("Pas de nouvelles du serveur"))).to_be_visible(timeout=9000)
    staff_page.context.set_offline(False)
    expect(staff_page.get_by_text("En direct.")).to_be_visible(timeout=9000)


def test_a_code_is_shown_read_and_confirmed(room: Room, url: str, staff_page: Any, jury_app: Any) -> None:
    staff_page.goto(f"{url}/equipe/tours/{room.round_id}/tablettes")
    row = staff_page.get_by_role("row", name=re.compile("Aline Vidal"))
    row.get_by_role("button", name="Afficher son code").click()
    expect(staff_page.get_by_role("heading", name="Aline Vidal")).to_be_visible()
    assert_accessible(staff_page)
    code = staff_page.get_by_role("link", name="Ouvrir sur cet appareil").get_attribute("href").partition("#")[2]
    body = {"code": code, "device": "018f0000-0000-7000-8000-000000000000"}
    assert jury_app.test_client().post("/api/tablet/pair", json=body).status_code == 201
    expect(staff_page.get_by_role("status")).to_have_text(re.compile("La tablette est appairée"))


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_day_without_javascript(
    url: str, new_context: Callable[..., Any], sign_in: Callable[..., Any], tmp_path: Any
) -> None:
    context = new_context(java_script_enabled=False)
    sign_in(context, "secretary")
    page = context.new_page()
    page.goto(f"{url}/equipe/")
    page.get_by_role("link", name="Créer une Tribune").click()
    page.get_by_label("Titre").fill("Tribune 2016")
    page.get_by_label("Organisateur").fill("Réseau d’Oc")
    page.get_by_role("button", name="Créer l’appel").click()
    page.get_by_role("link", name="Importer les projets").click()
    file = tmp_path / "projets.csv"
    file.write_text("Titre,Structure,Courriel\nMil,Asso,a@b.example\nEau,,b@b.example\n", encoding="utf-8")
    page.get_by_label("Fichier CSV").set_input_files(file)
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.get_by_text("1 ligne sera importée, 1 refusée")).to_be_visible()
    page.get_by_role("button", name="Importer 1 projet").click()
    expect(page.get_by_text("1 projet ajouté.")).to_be_visible()
    page.get_by_role("link", name="Jury", exact=True).last.click()
    page.get_by_label("Prénom").fill("Aline")
    page.get_by_label("Nom", exact=True).fill("Vidal")
    page.get_by_role("button", name="Nommer").click()
    page.get_by_role("link", name="L’appel").click()
    page.get_by_role("link", name="Ouvrir le tour…").click()
    page.get_by_role("button", name="Ouvrir le tour").click()
    expect(page.get_by_text("Le tour est ouvert")).to_be_visible()
