"""Marks of the team: put and taken one by one and from many, spelt alike, read by the team and who they are about."""

from __future__ import annotations

import csv
import html
import io
import re
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Registration, RegistrationMark
from services.registration.queries import lists
from services.registration.queries.selection import Wanted
from services.registration.use_cases import bulk, erasing, marking, programs, registering
from shared import audit, clock
from shared.db import Database, new_id
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_bulk import hidden
from tests.integration.test_registration_columns import heads

EVENT = "/equipe/evenements/agora-2016"
LIST = f"{EVENT}/inscriptions"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        made = an_event(session, capacity=9)
    for number in range(3):
        with registration_db.transaction() as session:
            registering.register(session, made.id, answers(number), NOW, site=SITE)
    return made


@pytest.fixture
def people(registration_db: Database, event: Event) -> list[uuid.UUID]:
    with registration_db.reading() as session:
        return list(session.scalars(sa.select(Registration.id).order_by(Registration.last_name)))


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def put(staff: Any, person: uuid.UUID, label: str) -> Any:
    return staff.post(f"/equipe/inscriptions/{person}/marques", data={"mark": label}, follow_redirects=True)


def take(staff: Any, person: uuid.UUID, label: str) -> Any:
    return staff.post(f"/equipe/inscriptions/{person}/marques/retirer", data={"mark": label}, follow_redirects=True)


def marks(db: Database) -> list[tuple[uuid.UUID, str]]:
    with db.reading() as session:
        query = sa.select(RegistrationMark.registration_id, RegistrationMark.label).order_by(
            RegistrationMark.registration_id, RegistrationMark.label
        )
        return [(row[0], row[1]) for row in session.execute(query)]


def bulk_run(db: Database, event: Event, kind: str, words: str, wanted: Wanted, expected: int) -> uuid.UUID:
    with db.transaction() as session:
        more: dict[str, Any] = {"action_id": new_id(), "expected": expected, "who": "test", "site": SITE}
        return bulk.run(session, event.id, kind, wanted, NOW, words=words, **more).id


def test_one_by_one_with_its_history(staff: Any, registration_db: Database, people: list[uuid.UUID]) -> None:
    for label in ("  à   rappeler ", "presse", "presse"):
        page = html.unescape(put(staff, people[0], label).text)
    assert marks(registration_db) == [(people[0], "presse"), (people[0], "à rappeler")]
    assert re.findall(r'<option value="([^"]+)"></option>', page) == [], "both are on it already"
    assert re.findall(r'<option value="([^"]+)"></option>', staff.get(f"/equipe/inscriptions/{people[1]}").text) == [
        "presse",
        "à rappeler",
    ]
    told = html.unescape(take(staff, people[0], "presse").text).replace("\u202f", " ")
    assert "Retirer la marque « à rappeler »" in told
    assert "Retirer la marque « presse »" not in told
    assert ("Marque posée : presse" in told, "Marque retirée : presse" in told) == (True, True)
    take(staff, people[0], "presse")  # again changes nothing
    with registration_db.reading() as session:
        rows = [row for row in audit.history(session, "registration", people[0]) if "mark" in row.what]
    assert [(row.what, row.before, row.after) for row in rows] == [
        ("marked", None, {"mark": "à rappeler"}),
        ("marked", None, {"mark": "presse"}),
        ("unmarked", {"mark": "presse"}, None),
    ]


@pytest.mark.parametrize("label", ["", " \u202e ", "x" * 41])
def test_what_is_no_mark_is_given_back(staff: Any, registration_db: Database, people: Any, label: str) -> None:
    answer = put(staff, people[0], label)
    assert (answer.status_code, marks(registration_db)) == (422, [])
    assert f'value="{label.strip().strip(chr(0x202E)).strip()}"' in answer.text


def test_the_spelling_of_those_in_use_is_kept(
    staff: Any, registration_db: Database, event: Event, people: list[uuid.UUID]
) -> None:
    put(staff, people[0], "Bénévole")
    put(staff, people[1], "benevole")
    bulk_run(registration_db, event, "mark", "BÉNÉVOLE", Wanted(ids=(people[2],)), 1)
    assert {label for _person, label in marks(registration_db)} == {"Bénévole"}
    with registration_db.transaction() as session:  # from before each was spelt once
        session.add(RegistrationMark(registration_id=people[2], label="benevole"))
    bulk_run(registration_db, event, "unmark", "benevole", Wanted(), 3)
    assert marks(registration_db) == [(one, "Bénévole") for one in people], "what was chosen is what is taken"


def test_taken_from_many_and_given_back_to_who_had_it(
    staff: Any, registration_db: Database, event: Event, people: list[uuid.UUID]
) -> None:
    first = bulk_run(registration_db, event, "mark", "presse", Wanted(ids=tuple(people[:2])), 2)
    asked = staff.get(f"{LIST}/ensemble?action=unmark")
    assert "Retirer une marque à 3 inscriptions" in html.unescape(asked.text)
    refused = staff.post(f"{LIST}/ensemble", data=hidden(asked.text))
    assert refused.status_code == 422
    done = staff.post(f"{LIST}/ensemble", data=hidden(refused.text) | {"words": "presse"})
    assert (done.status_code, marks(registration_db)) == (303, [])
    report = html.unescape(staff.get(done.location).text)
    assert "Marque retirée à 2 inscriptions" in report
    assert report.count("ne l’avait pas") == 1
    assert "2 personnes" in html.unescape(staff.get(EVENT).text)
    put(staff, people[2], "Presse")  # it is spelt anew meanwhile, and once all the same
    staff.post(f"{done.location}/reprendre")
    assert marks(registration_db) == [(one, "Presse") for one in people]
    staff.post(f"{LIST}/ensemble/{first}/reprendre")
    assert marks(registration_db) == [(people[2], "Presse")], "however it is spelt by now"


def test_a_filter_whose_mark_is_gone_says_by_what_it_filters(staff: Any, people: list[uuid.UUID]) -> None:
    assert "<option selected>presse</option>" in staff.get(f"{LIST}?marque=presse").text
    assert 'id="f-marque"' not in staff.get(LIST).text


def test_who_is_erased_keeps_none_and_gets_none_back(
    registration_db: Database, event: Event, people: list[uuid.UUID], staff: Any
) -> None:
    put(staff, people[0], "presse")
    put(staff, people[1], "avec Noé Personne0")
    action = bulk_run(registration_db, event, "unmark", "presse", Wanted(), 3)
    put(staff, people[0], "à rappeler")
    with registration_db.transaction() as session:
        one = session.get_one(Registration, people[0])
        asked = erasing.Asker(one.email, one.email_key, one.name_key)
        erasing.by_staff(session, asked, announced=1, how="phone", who="staff", now=NOW, site=SITE)
    assert marks(registration_db) == []
    with registration_db.transaction() as session:
        bulk.undo(session, event.id, action, NOW, who="test", site=SITE)
    bulk_run(registration_db, event, "mark", "presse", Wanted(), 2)
    assert [person for person, _label in marks(registration_db)] == people[1:]
    assert put(staff, people[0], "presse").status_code == 409
    with registration_db.reading() as session:
        history = str([(row.before, row.after) for row in audit.history(session, "registration", people[1])])
    assert "Personne0" not in history


def test_a_column_of_the_list_and_first_in_the_file(staff: Any, people: list[uuid.UUID]) -> None:
    put(staff, people[0], "presse")
    page = staff.get(f"{LIST}?col=marks&col=email")
    assert heads(page.text) == ["Choisir", "Nom", "Adresse électronique", "Marques"]
    assert page.text.count('<span class="pill pill-none">presse</span>') == 1
    assert staff.get(LIST).text.count('<span class="pill pill-none">presse</span>') == 1, "else beside the name"
    answer = staff.get(f"{LIST}.csv?col=marks").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(answer), delimiter=";"))
    assert [row[:3] for row in rows[:2]] == [["Nom", "Prénom", "Marques"], ["Personne0", "Noé", "presse"]]


def test_who_it_is_about_reads_it_and_nobody_else(
    staff: Any, registration_db: Database, event: Event, people: list[uuid.UUID], sign_in: Any
) -> None:
    put(staff, people[0], "presse")
    with registration_db.transaction() as session:
        made = registering.register(session, event.id, answers(7), NOW, site=SITE)
    put(staff, made.registration_id, "à surveiller")
    guest = staff.application.test_client()
    assert "à surveiller" not in guest.get(f"/i/{made.token}").text
    assert "à surveiller" in guest.get(f"/i/{made.token}/mes-donnees").text
    assert guest.get(f"/i/{made.token}/mes-donnees.json").json["marks"] == ["à surveiller"]
    sign_in(staff, "auditor")
    page = staff.get(f"/equipe/inscriptions/{people[0]}").text
    assert ("presse" in page, "marques" in page) == (True, False)
    assert put(staff, people[0], "x").status_code == 403


def test_a_program_reads_them_when_its_token_covers_them(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    put(staff, people[0], "presse")
    with registration_db.transaction() as session:
        tokens = {
            scopes: programs.give_token(session, scopes, scopes.split("+"), NOW, who="admin")
            for scopes in ("registrations", "registrations+people", "marks")
        }
    address = "/api/events/agora-2016/registrations"

    def read(scopes: str, query: str) -> Any:
        return staff.get(f"{address}{query}", headers={"Authorization": f"Bearer {tokens[scopes]}"})

    assert all("marks" not in one for one in read("registrations+people", "?people=true").json["items"])
    assert read("registrations+people", "?marks=true").status_code == 403
    assert [one["marks"] for one in read("marks", "?marks=true").json["items"]] == [["presse"], [], []]


def test_no_mark_for_nobody(registration_db: Database, event: Event) -> None:
    with pytest.raises(RuleError) as refused:
        bulk_run(registration_db, event, "unmark", "", Wanted(), 3)
    assert refused.value.code == "bulk-mark"


def test_two_who_spell_a_mark_at_the_same_instant_spell_it_once(
    registration_db: Database, event: Event, people: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    spelled, other = (
        lists.spelled,
        threading.Thread(
            target=lambda: bulk_run(registration_db, event, "mark", "benevole", Wanted(ids=(people[1],)), 1)
        ),
    )

    def meanwhile(*given: Any) -> str:
        found = spelled(*given)
        if given[-1] == "Bénévole":
            other.start()
            other.join(0.5)
        return found

    monkeypatch.setattr(lists, "spelled", meanwhile)
    with registration_db.transaction() as session:
        marking.put(session, people[0], "Bénévole", NOW, who="test")
    other.join()
    bulk_run(registration_db, event, "mark", "béné\u200bvo\u00adle", Wanted(ids=(people[2],)), 1)
    assert {label for _person, label in marks(registration_db)} == {"Bénévole"}
    assert len(marks(registration_db)) == 3
