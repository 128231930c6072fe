"""The directory: who works where and on what, found in one search; the public finds those who agreed."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import DirectoryPage, MatchProfile, Registration, Structure
from services.registration.models.directory import DirectoryWork
from services.registration.rules.directory import Entry, Wanted, Work, find
from services.registration.use_cases import erasing, registering, structures
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_hot_path import statements

STAFF, EVERYBODY = "/equipe/annuaire/", "/annuaire/"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


def structure(db: Database, name: str, actor_type: str) -> uuid.UUID:
    with db.transaction() as session:
        made = structures.settle(session, name, actor_type, NOW)
        assert made
        return made


def write(client: Any, structure_id: uuid.UUID, **fields: Any) -> Any:
    return client.post(f"{STAFF}{structure_id}", data=fields)


def names(client: Any, query: str, address: str = STAFF) -> list[str]:
    text = html.unescape(client.get(address, query_string={"q": query}).text)
    return [name for name in ("Commune de Foix", "Les Amis du Sahel", "Lycée du Lac") if f"<b>{name}</b>" in text]


@pytest.fixture
def three(staff: Any, registration_db: Database) -> dict[str, uuid.UUID]:
    foix = structure(registration_db, "Commune de Foix", "authority")
    sahel = structure(registration_db, "Les Amis du Sahel", "association")
    lycee = structure(registration_db, "Lycée du Lac", "education")
    filled = {"zones": ["MG"], "places": "Mahajanga\nmahajanga", "goals": ["6"], "department": "09", "since": "2014"}
    write(staff, foix, **filled, source="rapport 2015", phone="05 61 00 00 00", agreed_on="2016-09-01")
    write(staff, sahel, zones=["SN"], goals=["6", "4"], department="31", email="contact@sahel.example")
    write(staff, lycee, zones=["MG"], goals=["4"], department="31", website="https://lycee.example/")
    return {"foix": foix, "sahel": sahel, "lycee": lycee}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Qui travaille à Mahajanga ?", ["Commune de Foix"]),
        ("mah", ["Commune de Foix"]),
        ("eau sénégal", ["Les Amis du Sahel"]),
        ("SENEGAL", ["Les Amis du Sahel"]),
        ("madagascar éducation", ["Lycée du Lac"]),
        ("haute garonne", ["Les Amis du Sahel", "Lycée du Lac"]),
        ("collectivité ariège", ["Commune de Foix"]),
        ("09", ["Commune de Foix"]),
        ("acteurs publics", ["Commune de Foix"]),
        ("yunnan", []),
    ],
)
def test_every_word_leads_to_who_works_there(three: Any, staff: Any, typed: str, found: list[str]) -> None:
    assert names(staff, typed) == found


def test_a_slip_of_the_pen_is_put_right_and_a_word_starts_where_words_start(three: Any, staff: Any) -> None:
    page = html.unescape(staff.get(STAFF, query_string={"q": "Mahajunga"}).text)
    assert 'href="/equipe/annuaire/?q=mahajanga"' in page
    network = Entry(uuid.UUID(int=1), "Réseau du Gers", "association", "32", (Work("zone", "MG"),))
    assert find([network], Wanted("eau"), lambda _kind, key: key).entries == []


def test_the_public_finds_those_who_agreed_and_no_person(
    three: dict[str, uuid.UUID], staff: Any, registration_app: Any, registration_db: Database
) -> None:
    staff.post(
        f"/equipe/adherents/{three['foix']}",
        data={"since": "2012-01-01", "representative": "Awa Diop", "email": "awa@foix.example"},
    )
    anybody = registration_app.test_client()
    page = html.unescape(anybody.get(EVERYBODY).text)
    assert "<b>Commune de Foix</b>" in page
    assert "05 61 00 00 00" in page
    assert "Sahel" not in page
    assert "Awa" not in page
    assert "rapport 2015" not in page  # where the staff have it from
    assert "Awa Diop" in staff.get(STAFF, query_string={"q": "foix"}).text
    assert anybody.get(STAFF).status_code == 303


def test_what_its_people_answered_is_marked_proposed_and_only_for_the_staff(
    three: dict[str, uuid.UUID], staff: Any, registration_app: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        made = registering.register(session, event.id, answers(1, structure="Commune de Foix"), NOW, site=SITE)
        one = session.get_one(Registration, made.registration_id)
        one.structure_id = three["foix"]
        session.add(MatchProfile(registration_id=one.id, zones=["KH"], themes=[], place="Battambang", at=NOW))
    assert names(staff, "cambodge battambang") == ["Commune de Foix"]
    assert "d’après ses personnes" in staff.get(STAFF, query_string={"q": "cambodge"}).text
    assert names(registration_app.test_client(), "cambodge", EVERYBODY) == []
    proposed = staff.get(f"{STAFF}{three['foix']}?proposer=1").text
    assert 'value="KH" id="f-zones-2" checked' in proposed
    write(staff, three["foix"], zones=["MG", "KH"], source="réponses", since="", agreed_on="2016-09-01")
    page = html.unescape(staff.get(f"/equipe/structures/{three['foix']}").text)
    assert 'Madagascar <span class="small">depuis 2014, rapport 2015' in page  # declared before, it keeps its own
    assert 'Cambodge <span class="small">réponses' in page
    assert names(registration_app.test_client(), "cambodge", EVERYBODY) == ["Commune de Foix"]


def test_a_refused_page_keeps_what_was_typed(three: dict[str, uuid.UUID], staff: Any) -> None:
    for wrong in ({"since": "3000"}, {"website": "javascript:alert(1)"}, {"zones": "XX"}, {"agreed_on": "2030-01-01"}):
        answer = write(staff, three["lycee"], **({"places": "Antsirabe", "source": "appel"} | wrong))
        assert answer.status_code == 422
        assert "Antsirabe" in answer.text
    assert names(staff, "antsirabe") == []


def test_the_day_of_an_agreement_is_a_day_of_paris(three: Any, staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2027, 7, 1, 22, 30, tzinfo=dt.UTC))

    assert write(staff, three["lycee"], agreed_on="2027-07-02").status_code == 303
    assert write(staff, three["lycee"], agreed_on="2027-07-03").status_code == 422


def test_merged_structures_are_one_entry(three: dict[str, uuid.UUID], staff: Any) -> None:
    staff.post(f"/equipe/structures/{three['lycee']}/reunir", data={"gone": three["sahel"]})
    assert names(staff, "sénégal") == ["Lycée du Lac"]
    assert names(staff, "sahel") == []


def test_the_file_holds_what_was_found_and_runs_nothing(
    three: dict[str, uuid.UUID], staff: Any, registration_db: Database
) -> None:
    write(staff, three["lycee"], zones=["MG"], places="=1+1", department="31")
    text = staff.get(f"{STAFF}annuaire.csv", query_string={"q": "madagascar", "departement": "31"}).text
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["Lycée du Lac"]
    assert rows[1][3:5] == ["Madagascar", "'=1+1"]
    assert staff.get(f"{STAFF}annuaire.xlsx").data[:2] == b"PK"


def test_an_address_that_was_somebodys_leaves_with_them_and_that_they_said_so(
    three: dict[str, uuid.UUID], staff: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        works = session.scalars(sa.select(DirectoryWork).order_by(DirectoryWork.id)).all()
        works[0].source, works[1].source = "Zoé Roy, au téléphone", "contact@sahel.example"
        works[2].source = "rapport de Zoé Sy"
        asked = erasing.Asker("Contact@sahel.example", "contact@sahel.example", "roy zoe")
        erasing.by_staff(session, asked, announced=0, how="mail", who="camille", now=NOW, site=SITE)
        page = session.get_one(DirectoryPage, three["sahel"])
        assert page.email == ""
        assert [one.source for one in works[:3]] == ["… …, au téléphone", "", "rapport de Zoé Sy"]
        assert session.get_one(Structure, three["sahel"]).known


def test_the_list_costs_the_same_however_long(three: Any, staff: Any, registration_db: Database) -> None:
    with statements(registration_db) as counted:
        staff.get(STAFF)
    few = len(counted)
    for number in range(20):
        write(staff, structure(registration_db, f"Ville {number}", "authority"), zones=["MG"])
    with statements(registration_db) as counted:
        staff.get(STAFF)
    assert len(counted) == few
    assert few <= 10
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DirectoryPage)) == 23
