"""The columns of the list of registrations: chosen in the address, kept with a filter, first in the file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, FormAnswer, Registration
from services.registration.queries import badges, forms
from services.registration.rules.badges import Badge
from services.registration.rules.forms import SENSITIVE, Option, Question, Words
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_questions import publish

LIST = "/equipe/evenements/agora-2016/inscriptions"
BUS = Question("bus", "text", Words("Quel bus prenez-vous ?", "Which bus?"))
HEALTH = Question("health", "text", Words("Votre santé"), protection=SENSITIVE)
RIDE = Question(
    "ride",
    "several",
    Words("Quand partez-vous ?", "When do you leave?"),
    options=(Option("9", Words("9 h", "9 am")), Option("maybe", Words("Peut-être", "Perhaps"))),
)
CHOSEN = {"col": ["q-bus", "email", "actor_type", "q-health", "q-nothing", "password", "access", "status;"]}
USUAL = ["Nom", "Structure", "Département", "État", "Ateliers", "Inscription"]


@pytest.fixture(autouse=True)
def people(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aude takes a bus and said how she is; Bilal answered of the bus while that question was held for sensitive."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
    publish(registration_db, event, BUS, RIDE, HEALTH)
    with registration_db.transaction() as session:
        version = forms.current(session, event.id).id
        for number, name in enumerate(("Aude", "Bilal")):
            data = answers(number, last_name=name, access="un fauteuil")
            person = registering.register(session, event.id, data, NOW, site=SITE).registration_id
            said_of = {"bus": "le 14", "health": "poor"} if name == "Aude" else {"bus": "en fauteuil"}
            for question, said in said_of.items():
                row = {"label": question, "value": said, "said": said, "given_at": NOW}
                row |= {"registration_id": person, "question": question, "version_id": version}
                session.add(FormAnswer(**row, sensitive=said != "le 14"))


def heads(page: str) -> list[str]:
    titles = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.S)
    return [re.sub(r"<[^>]+>|[↑↓]", "", one).strip().replace("\u202f", " ") for one in titles]


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_the_address_says_which_columns_and_none_of_them_is_sensitive(registration_client: Any, sign_in: Any) -> None:
    for role, tick in (("staff", ["Choisir"]), ("auditor", [])):
        client = registration_client.application.test_client()
        sign_in(client, role)
        assert heads(client.get(LIST).text) == [*tick, *USUAL]
        page = client.get(LIST, query_string=CHOSEN).text
        assert heads(page) == [*tick, "Nom", "Adresse électronique", "Type d’acteur", "Quel bus prenez-vous ?"]
        assert ("le 14" in page, "personne0@example.org" in page) == (True, True)
        for secret in ("poor", "un fauteuil", "en fauteuil", 'checkbox" name="col" value="q-health', "Votre santé"):
            assert secret not in page, secret
        assert heads(client.get(LIST, query_string={"col": ["q-health", "diet"]}).text) == [*tick, *USUAL]
        # Searching, filtering, sorting and turning the page keep them; so does what is done to a selection.
        assert page.count('name="col" value="q-bus"') == (4 if role == "staff" else 2)
        assert re.search(r'href="[^"]*col=q-bus[^"]*sort=name', page)
        english = client.get(LIST, query_string=CHOSEN, headers={"Accept-Language": "en"}).text
        assert heads(english)[-1] == "Which bus?"


def test_a_kept_filter_has_its_columns_and_so_has_the_file_first(
    registration_client: Any, sign_in: Any, registration_db: Database
) -> None:
    sign_in(registration_client, "staff")
    kept = registration_client.post(f"{LIST}/filtres", data=CHOSEN | {"name": "Le bus"})
    assert (kept.status_code, "col=q-bus" in kept.location) == (303, True)
    link = re.search(r'href="([^"]+)"[^>]*>Le bus</a>', registration_client.get(LIST).text)
    assert link
    page = registration_client.get(link[1].replace("&amp;", "&")).text
    assert heads(page)[1:] == ["Nom", "Adresse électronique", "Type d’acteur", "Quel bus prenez-vous ?"]
    whole = lines(registration_client.get(f"{LIST}.csv"))
    first = lines(registration_client.get(f"{LIST}.csv", query_string=CHOSEN))
    assert first[0][:5] == ["Nom", "Prénom", "Adresse électronique", "Type d’acteur", "Quel bus prenez-vous ?"]
    assert first[1][:5] == ["Aude", "Noé", "personne0@example.org", "Association, collectif, fondation", "le 14"]
    assert [dict(zip(first[0], row, strict=True)) for row in first] == [
        dict(zip(whole[0], row, strict=True)) for row in whole
    ]
    assert ("poor" in str(first), "en fauteuil" in str(first)) == (False, False)
    secret = lines(registration_client.get(f"{LIST}.csv", query_string=CHOSEN | {"sensible": "1"}))
    assert (secret[0][:5], "Votre santé" in secret[0][5:]) == (first[0][:5], True)
    assert ("poor" in str(secret), "en fauteuil" in str(secret)) == (True, True)
    assert registration_client.get(f"{LIST}.xlsx", query_string=CHOSEN).data.startswith(b"PK")


def test_a_question_that_nobody_answered_has_its_column_in_the_file_and_the_chosen_ones_may_be_all_of_it(
    registration_client: Any, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    chosen = {"col": ["q-ride", "email"]}
    whole = lines(registration_client.get(f"{LIST}.csv", query_string=chosen))
    assert (whole[0][:4], whole[1][:4]) == (
        ["Nom", "Prénom", "Adresse électronique", "Quand partez-vous ?"],
        ["Aude", "Noé", "personne0@example.org", ""],
    )
    assert ("Téléphone" in whole[0], "Votre santé" in whole[0]) == (True, False)
    page = registration_client.get(LIST, query_string=chosen).text
    (only,) = re.findall(r'href="([^"]+)"[^>]*>Exporter ces colonnes seulement, en CSV', page)
    few = lines(registration_client.get(only.replace("&amp;", "&")))
    assert few == [row[:4] for row in whole]
    assert "Exporter ces colonnes seulement" not in registration_client.get(LIST).text
    assert lines(registration_client.get(f"{LIST}.csv", query_string={"seules": "1"})) == lines(
        registration_client.get(f"{LIST}.csv")
    )


def test_columns_cost_no_statement(registration_client: Any, sign_in: Any, registration_db: Database) -> None:
    sign_in(registration_client, "staff")
    counted = []
    for asked in ({}, CHOSEN):
        sent: list[str] = []

        def note(*given: Any, sent: list[str] = sent) -> None:
            sent.append(given[2])

        registration_client.get(LIST, query_string=asked)
        sa.event.listen(registration_db.engine, "before_cursor_execute", note)
        registration_client.get(LIST, query_string=asked)
        sa.event.remove(registration_db.engine, "before_cursor_execute", note)
        counted.append(len(sent))
    assert counted[0] == counted[1] <= 8


def test_who_answered_in_english_reads_as_the_others_do(
    registration_client: Any, sign_in: Any, registration_db: Database
) -> None:
    """Where the form they answered has the option no more, the words of that day stand."""
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        asked = {"version_id": forms.current(session, event.id).id, "given_at": NOW, "sensitive": False}
        asked |= {"question": "ride", "label": "When do you leave?"}
        aude, bilal = session.scalars(sa.select(Registration.id).order_by(Registration.last_name))
        session.add(FormAnswer(registration_id=aude, value=["9", "maybe"], said="9 am · Perhaps", **asked))
        session.add(FormAnswer(registration_id=bilal, value=["maybe", "gone"], said="Perhaps · Later", **asked))
        person = f"/equipe/inscriptions/{aude}"
        told = badges.more(session, event, Badge(question="ride"), session.scalars(sa.select(Registration)).all())
        assert told[aude].said == "9 h · Peut-être"
    sign_in(registration_client, "staff")
    for language, label, words in (("fr", RIDE.label.fr, "9 h · Peut-être"), ("en", RIDE.label.en, "9 am · Perhaps")):
        head = {"Accept-Language": language}
        listed = registration_client.get(LIST, query_string={"col": "q-ride"}, headers=head).text
        assert (words in listed, "Perhaps · Later" in listed) == (True, True)
        page = re.sub(r"[\u202f\u00a0]", " ", registration_client.get(person, headers=head).text)
        assert f"<dt>{label}</dt><dd>{words}</dd>" in page
        names, *people = lines(registration_client.get(f"{LIST}.csv", headers=head))
        assert [row[names.index(RIDE.label.fr)] for row in people] == ["9 h · Peut-être", "Perhaps · Later"]
