"""What a meal and a welcome need: numbers for the caterer, and the list of who is to be called back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from services.registration.use_cases import changing, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

PAGE = "/equipe/evenements/agora-2016"
LIST = f"{PAGE}/inscriptions"
PEOPLE = [
    {"last_name": "Bélières", "diet": "vegetarian"},
    {"last_name": "Çelik", "diet": "vegetarian", "diet_note": "sans noix", "access": "fauteuil"},
    {"last_name": "Delmas", "diet": "vegan", "meal": False},
    {"last_name": "Estève", "call_back": True, "phone": "0561000000"},
    {"last_name": "Faure", "diet": "vegetarian", "call_back": True, "phone": "0561000001"},  # waits
]


@pytest.fixture(autouse=True)
def people(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=4)
        return [
            registering.register(session, event.id, answers(number, **person), NOW, site=SITE).registration_id
            for number, person in enumerate(PEOPLE)
        ]


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def named(page: Any) -> list[str]:
    return [one["last_name"] for one in PEOPLE if one["last_name"] in page.text]


def test_the_caterer_is_told_the_diets_of_those_who_have_a_place_and_eat(staff: Any) -> None:
    page = staff.get(PAGE).text
    assert "Végétarien : <b>2</b>" in page.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Végétalien" not in page
    assert "1 précision sur le repas" in page
    assert "1 besoin d’accessibilité" in page


def test_who_is_to_be_called_back_is_a_list_until_they_are_called_or_cancel(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    assert "2 personnes à rappeler" in staff.get(PAGE).text
    assert named(staff.get(LIST, query_string={"rappel": "oui"})) == ["Estève", "Faure"]
    with registration_db.transaction() as session:
        changing.cancel(session, people[3], NOW, site=SITE)
    assert named(staff.get(LIST, query_string={"rappel": "oui"})) == ["Faure"]


def test_who_may_not_read_sensitive_answers_learns_nothing_of_them(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "auditor")
    page = registration_client.get(PAGE).text
    assert "Végétarien" not in page
    assert "à rappeler" not in page
    shown = registration_client.get(LIST, query_string={"rappel": "oui"})
    assert len(named(shown)) == len(PEOPLE)
    assert "À rappeler" not in shown.text
    exported = registration_client.get(f"{LIST}.csv", query_string={"rappel": "oui"})
    assert len(named(exported)) == len(PEOPLE)


def test_the_list_of_call_backs_is_kept_as_a_filter_and_said_before_a_message(staff: Any) -> None:
    asked = {"action": "write", "rappel": "oui"}
    page = staff.get(f"{LIST}/ensemble", query_string=asked, follow_redirects=True)
    assert "À rappeler" in page.text
