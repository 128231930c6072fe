"""The menu of the staff: few groups, the pages of one of them, the place where we are, and no door that is closed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.db import Database
from tests.integration.registration_people import an_event

EVENT = "/equipe/evenements/agora-2016"


@pytest.fixture(autouse=True)
def event(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        an_event(session, capacity=2, workshops=[[5]])


def menu_of(page: str) -> str:
    return page[page.index('class="sub"') : page.index("<main")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (EVENT, ["Tableau de bord"]),
        (f"{EVENT}/modifier", ["Préparer", "Modifier"]),
        (f"{EVENT}/formulaire", ["Préparer", "Formulaire"]),
        (f"{EVENT}/cadre", ["Préparer", "Formulaire"]),
        (f"{EVENT}/programme/", ["Préparer", "Programme"]),
        (f"{EVENT}/inscriptions", ["Inscriptions", "Personnes"]),
        (f"{EVENT}/inscriptions/fichier", ["Inscriptions", "Personnes"]),
        (f"{EVENT}/invitations", ["Inviter et écrire", "Invitations"]),
        (f"{EVENT}/messages", ["Inviter et écrire", "Messages"]),
        (f"{EVENT}/liste-des-participants", ["Inscriptions", "Liste des participants"]),
        (f"{EVENT}/attente", ["Inscriptions", "Liste d’attente"]),
        (f"{EVENT}/souhaits", ["Inscriptions", "Souhaits"]),
        (f"{EVENT}/accueil", ["Le jour même", "Accueil"]),
        ("/equipe/", ["Évènements"]),
        ("/equipe/assemblees/", ["Assemblées", "Assemblées"]),
        ("/equipe/assemblees/nouvelle", ["Assemblées", "Assemblées"]),
        ("/equipe/statuts/", ["Assemblées", "Statuts"]),
        ("/equipe/structures/", ["Structures", "Structures"]),
        ("/equipe/adherents/", ["Structures", "Adhérents"]),
        ("/equipe/conservation", ["Réglages", "Conservation"]),
        ("/equipe/comptes", ["Réglages", "Comptes de l’équipe"]),
    ],
)
def test_the_menu_says_where_we_are(path: str, expected: list[str], registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "admin")
    answer = registration_client.get(path)
    assert answer.status_code == 200, answer.status_code
    here = re.findall(r'aria-current="(?:page|true)">([^<]*)<', menu_of(answer.text))
    assert [word.strip() for word in here] == expected


def test_an_event_s_address_cut_short_leads_to_the_list(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    assert registration_client.get("/equipe/evenements").headers["Location"] == "/equipe/"


@pytest.mark.parametrize("role", ["staff", "desk", "auditor"])
def test_the_menu_shows_only_what_opens(role: str, registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, role)
    tried = 0
    waiting, seen = [EVENT], {EVENT}
    while waiting:
        answer = registration_client.get(waiting.pop())
        assert answer.status_code == 200, answer.request.path
        tried += 1
        if 'class="sub"' not in answer.text:
            continue
        leads = {href.split("//127.0.0.1")[-1] for href in re.findall(r'href="([^"]+)"', menu_of(answer.text))}
        waiting += sorted(leads - seen)
        seen |= leads
    assert tried >= 4
