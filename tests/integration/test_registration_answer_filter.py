"""The list of registrations filtered by what people answered: ordinary questions alone, in all that follows a list."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import FormAnswer
from services.registration.models.events import Event
from services.registration.queries import forms
from services.registration.rules import forms as rules
from services.registration.use_cases import forms as use_cases
from services.registration.use_cases import registering
from services.registration.web import selection
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

LIST = "/equipe/evenements/agora-2016/inscriptions"
PEOPLE = {
    "Aude": ({"meal": True}, {"countries": ["mg", "sn"]}),
    "Bilal": ({"meal": False, "photo": True}, {"countries": ["sn"]}),
    "Chloé": ({"meal": True}, {}),
}


@pytest.fixture(autouse=True)
def people(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three people; Chloé answered a question that the form holds for sensitive."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
        version = forms.current(session, event.id).id
        for number, (name, (columns, given)) in enumerate(PEOPLE.items()):
            data = answers(number, last_name=name, **columns)
            person = registering.register(session, event.id, data, NOW, site=SITE).registration_id
            rows = [(question, value, False) for question, value in given.items()]
            rows += [("health", "poor", True)] if name == "Chloé" else []
            for question, value, sensitive in rows:
                row = {"label": question, "value": value, "said": "", "sensitive": sensitive, "given_at": NOW}
                session.add(FormAnswer(registration_id=person, question=question, version_id=version, **row))


def names(page: str) -> list[str]:
    return sorted(name for name in PEOPLE if re.search(rf"{name}\b", page))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("countries:sn", ["Aude", "Bilal"]),
        ("countries:mg", ["Aude"]),
        ("countries:br", []),
        ("meal:true", ["Aude", "Chloé"]),
        ("photo:true", ["Bilal"]),
        ("health:poor", []),  # nobody finds out who by filtering
        ("email:x", []),
        ("status:confirmed", []),
        ("id:1", []),
        ("countries:", ["Aude", "Bilal", "Chloé"]),
        (":", ["Aude", "Bilal", "Chloé"]),
        ("x", ["Aude", "Bilal", "Chloé"]),
        ("a:" + "c" * 300, []),
    ],
)
def test_who_chose_an_option_is_found_in_the_list_and_in_the_file(
    asked: str, found: list[str], registration_client: Any, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    for where in (LIST, f"{LIST}.csv"):
        answer = registration_client.get(where, query_string={"reponse": asked})
        assert answer.status_code == 200
        assert names(answer.text.partition("<table" if where == LIST else "\n")[2]) == found, where


def test_the_form_offers_what_it_asks_and_a_message_says_it_in_words(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    page = registration_client.get(LIST, query_string={"reponse": "countries:mg"}).text
    assert '<option value="countries:mg" selected>Madagascar</option>' in page
    assert "diet:" not in page  # sensitive
    message = registration_client.get("/equipe/evenements/agora-2016/messages/nouveau?reponse=countries:mg").text
    assert "Dans quels pays ou territoires agissez-vous ? Madagascar" in message.replace("\u202f", " ")


def test_what_is_no_longer_offered_is_still_found(
    registration_client: Any, registration_db: Database, sign_in: Any
) -> None:
    """An option and a whole question that were taken out after people had answered."""

    def later(form: rules.Questions) -> rules.Questions:
        left = (replace(one, options=tuple(row for row in one.options if row.key != "mg")) for one in form)
        return rules.without(tuple(left), "photo")

    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        seen = use_cases.state(use_cases.latest(session, event.id))
        use_cases.edit(session, event.id, seen, later, NOW, who="test", what="taken out")
        seen = use_cases.state(use_cases.latest(session, event.id))
        use_cases.publish(session, event.id, seen, NOW, who="test")
    sign_in(registration_client, "staff")
    page = registration_client.get(LIST, query_string={"reponse": "countries:mg"}).text
    assert '<option value="countries:mg" selected>Madagascar</option>' in page
    assert names(page.partition("<table")[2]) == ["Aude"]
    assert 'value="photo:true"' in page
    assert "diet:" not in page


def test_the_address_of_a_selection_leads_back_to_it() -> None:
    wanted = selection.wanted({"reponse": "countries:mg", "etat": "confirmed"})
    assert wanted.narrowed
    assert selection.wanted(selection.address(wanted)) == wanted
