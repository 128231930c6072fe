"""An assembly as its people see it: the staff at a desk, a voter on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from services.registration.rules.assembly.statutes import College, Statutes
from services.registration.use_cases import assemblies, assembly_room, assembly_votes
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from shared.db import Database
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_rehearsal_from_the_first_arrival_to_the_minutes(
    new_context: Callable[..., Any], registration_app: Any, serve: Callable[[Any], str], sign_in: Callable[..., Any]
) -> None:
    """Five public and four economic members make the quorum; a secret vote is cast from a phone and counted."""
    site, page = serve(registration_app), new_context().new_page()
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/assemblees/")
    page.get_by_label("Statuts").select_option("two-colleges")
    page.get_by_role("button", name="Ouvrir une répétition").click()
    expect(page.get_by_text("Pas atteint")).to_be_visible()
    for row in (
        "Acteurs publics 01",
        "Acteurs publics 02",
        "Acteurs publics 03",
        "Acteurs publics 04",
        "Acteurs publics 05",
    ):
        arrive(page, row)
    for row in ("Acteurs économiques 01", "Acteurs économiques 02", "Acteurs économiques 03", "Acteurs économiques 04"):
        arrive(page, row)
    expect(page.get_by_text("Atteint", exact=True)).to_be_visible()
    sound(page)

    page.get_by_role("button", name="Ouvrir le vote et imprimer les bulletins").first.click()
    expect(page.locator(".slips .code")).to_have_count(9)
    codes = page.locator(".slips .code").all_inner_texts()
    assert len(set(codes)) == 9

    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{site}/vote?code={codes[0]}")
    phone.get_by_role("button", name="Voir le bulletin").click()
    phone.get_by_label("Pour", exact=True).check()
    sound(phone)
    phone.get_by_role("button", name="Déposer mon bulletin").click()
    expect(phone.get_by_role("heading", name="Votre bulletin est déposé")).to_be_visible()
    phone.goto(f"{site}/vote?code={codes[0]}")
    phone.get_by_role("button", name="Voir le bulletin").click()
    expect(phone.get_by_text("a déjà été déposé")).to_be_visible()

    page.get_by_role("link", name="Revenir à la séance").click()
    page.get_by_role("link", name="Écran de la salle").click()
    sound(page)
    page.go_back()
    page.get_by_role("button", name="Clore le vote").click()
    expect(page.get_by_text(re.compile(r"Adopté\.\s+Part des voix pour\D+100\s%"))).to_be_visible()
    page.get_by_role("link", name="Lever la séance").click()
    sound(page)
    page.get_by_role("button", name="Lever la séance").click()
    expect(page.get_by_text(re.compile("Empreinte SHA-256"))).to_be_visible()
    sound(page)


def test_what_a_rule_refuses_is_said_in_the_room_and_keeps_what_two_tellers_counted(
    new_context: Callable[..., Any], registration_app: Any, serve: Callable[[Any], str], sign_in: Callable[..., Any]
) -> None:
    """Quorum lost and found again, a proxy, a paper count typed twice."""
    site, page = serve(registration_app), new_context(viewport="phone").new_page()
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/assemblees/")
    page.get_by_label("Statuts").select_option("two-colleges")
    page.get_by_role("button", name="Ouvrir une répétition").click()
    page.get_by_role("button", name="Ouvrir le vote", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("Le quorum n’est pas atteint")
    expect(page.get_by_role("heading", name="Feuille d’émargement")).to_be_visible()
    for number in range(1, 5):
        arrive(page, f"Acteurs publics 0{number}")
        arrive(page, f"Acteurs économiques 0{number}")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Acteurs publics 05"))
    row.get_by_role("link", name="Pouvoir de").click()
    row.get_by_label("Porté par").select_option(label="Acteurs publics 01")
    row.get_by_role("button", name="Enregistrer").click()
    expect(row.get_by_text("Pouvoir à")).to_be_visible()
    expect(page.get_by_text("Atteint", exact=True)).to_be_visible()
    sound(page, "assembly-room")
    leaver = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Acteurs économiques 04"))
    leaver.get_by_role("button", name=re.compile("Départ")).click()
    expect(page.get_by_text("Pas atteint")).to_be_visible()
    arrive(page, "Acteurs économiques 04")

    page.get_by_role("button", name="Ouvrir le vote", exact=True).first.click()
    page.wait_for_load_state()  # its script runs
    for teller, yes in (("Premier", "5"), ("Second", "4")):
        page.get_by_role("group", name=f"{teller} scrutateur · Acteurs publics").get_by_label("Pour").fill(yes)
        page.get_by_role("group", name=f"{teller} scrutateur · Acteurs économiques").get_by_label("Contre").fill("4")
    leaver.get_by_role("button", name=re.compile("Départ")).click()  # meanwhile: what is typed stays
    expect(page.get_by_text("Pas atteint")).to_be_visible()
    page.get_by_role("button", name="Clore le vote").click()
    expect(page.get_by_role("alert")).to_contain_text("Les deux scrutateurs n’ont pas le même décompte")
    second = page.get_by_role("group", name="Second scrutateur · Acteurs publics")
    expect(second.get_by_label("Pour")).to_have_value("4")
    sound(page, "assembly-tellers")
    second.get_by_label("Pour").fill("5")
    page.get_by_role("button", name="Clore le vote").click()
    expect(page.get_by_text("Adopté.")).to_be_visible()


def arrive(page: Page, structure: str) -> None:
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=structure))
    row.get_by_role("button", name=re.compile("Arrivée")).click()
    expect(row.get_by_text("Présent·e")).to_be_visible()


def test_on_a_phone_the_sheet_of_thirty_three_is_short_and_finds_a_name(
    new_context: Callable[..., Any], registration_app: Any, serve: Callable[[Any], str], sign_in: Callable[..., Any]
) -> None:
    site, page = serve(registration_app), new_context(viewport="phone").new_page()
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/assemblees/")
    page.get_by_label("Statuts").select_option("two-colleges")
    page.get_by_role("button", name="Ouvrir une répétition").click()
    rows = page.locator("tr[id^=v-]")
    expect(rows).to_have_count(33)
    whole = sum(box["height"] for box in (row.bounding_box() for row in rows.all()) if box)
    assert whole / 33 < 130, whole
    sound(page, "assembly-sheet")
    page.get_by_label("Chercher une structure ou une personne").fill("économiques 07")
    page.get_by_role("button", name="Chercher").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Arrivée de").click()  # whether the script is there yet or not
    expect(page.locator("tr", has_text="Acteurs économiques 07").get_by_text("Présent·e")).to_be_visible()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Montrer toute la feuille").click()
    expect(page.get_by_role("button", name="Lire avec la caméra")).to_be_visible()  # the script is there
    asked: list[str] = []

    def lose_the_second(route: Route) -> None:
        asked.append(route.request.url)
        _ = route.abort() if len(asked) == 2 else route.continue_()

    page.route("**/presence", lose_the_second)
    page.evaluate(
        "for (const one of [...document.querySelectorAll('form:has([value=arrived])')].slice(0, 2)) one.requestSubmit()"
    )
    expect(rows.nth(1).get_by_text("Présent·e")).to_be_visible()  # its row was drawn anew before its turn came
    assert len(asked) == 3
    page.get_by_role("link", name="Pouvoir de").first.click()
    sound(page, "assembly-sheet-proxy")
    expect(page.get_by_role("button", name="Lire avec la caméra")).to_be_visible()
    giver = rows.and_(page.locator(f"#{rows.filter(has=page.get_by_label('Porté par')).get_attribute('id')}"))
    giver.get_by_role("button", name="Arrivée de").click()
    expect(giver.get_by_text("Présent·e")).to_be_visible()  # who came gives no proxy: the form that was open goes


def test_what_two_tellers_count_of_twenty_candidates_stays_on_the_page(
    new_context: Callable[..., Any],
    registration_app: Any,
    registration_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    rules = Statutes(colleges=(College("members", "Membres", 20),), quorum="0")
    names = tuple((f"Candidate ou candidat {number:02}", None) for number in range(1, 21))
    point = PointDraft("Conseil", "election", college="members", seats=20, candidates=names)
    one = VoterDraft("Commune", "Awa Ba", "members")
    draft = AssemblyDraft(
        "AG", NOW, "Toulouse", "Le réseau", "a@agora.example", rules, rehearsal=True, voters=[one], points=[point]
    )
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft, NOW, who="staff")
        made.state = "open"
        assembly_room.arrive(session, made.id, made.voters[0].id, NOW, who="staff")
        assembly_votes.open_vote(session, made.motions[0].id, NOW, who="staff")
        address = f"/equipe/assemblees/{made.id}"
    site, page = serve(registration_app), new_context().new_page()
    sign_in(page, "staff")
    page.goto(site + address)
    expect(page.get_by_role("group", name="Premier scrutateur").get_by_role("textbox")).to_have_count(23)
    sound(page)


@pytest.mark.parametrize("width", ["phone", "desk"])
def test_statutes_are_written_with_their_sum_in_sight_and_rehearsed(
    new_context: Callable[..., Any],
    registration_app: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    width: str,
) -> None:
    site, page = serve(registration_app), new_context(viewport=width).new_page()
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/statuts/")
    page.get_by_label("À partir de").select_option("two-colleges")
    held: list[Route] = []
    page.route("**/static/statutes.js*", lambda route: held.append(route))
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("Titre").fill("Statuts adoptés le 3 février 2017")
    seats, changes = page.locator("#sum"), page.locator("#changes")
    expect(seats).to_contain_text("20 + 13 = 33 sièges")
    page.get_by_role("group", name="Collège 2").get_by_label("Sièges").fill("15")
    # On a slow line the script comes after.
    held[0].continue_()
    page.unroute("**/static/statutes.js*")
    expect(seats).to_contain_text("20 + 15 = 35 sièges")  # without a click
    page.get_by_role("button", name="Ajouter un collège").click()
    third = page.get_by_role("group", name="Collège 3")
    third.get_by_label("Nom", exact=True).fill("Associations")
    third.get_by_label("Sièges").fill("20")
    third.get_by_label("Poids").fill("3/2")
    page.get_by_label("Les collèges pèsent, et non les structures").check()
    expect(changes).to_contain_text("poids 3/2, soit 42,9")
    sound(page, "statutes-edit")
    page.get_by_role("button", name="Garder cette version").click()
    expect(page.get_by_role("heading", name="Statuts adoptés le 3 février 2017")).to_be_visible()
    sound(page, "statutes-show")
    page.get_by_role("link", name="Jouer les cas difficiles").click()
    expect(page.get_by_role("img", name="Acteurs publics : 5 représentés, 5 nécessaires sur 20").first).to_be_visible()
    sound(page, "statutes-cases")
    page.go_back()
    page.get_by_role("button", name="Répéter sous ces statuts").click()
    expect(page.locator("tr[id^=v-]")).to_have_count(55)
    page.goto(f"{site}/equipe/statuts/")
    sound(page, "statutes-index")
