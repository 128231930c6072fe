"""A note of the staff on a registration: read by the team and by who it is about, and gone with them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Registration
from services.registration.use_cases import erasing, registering
from shared import audit, clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import facts
from tests.integration.test_registration_events import asked

LIST = "/equipe/evenements/agora-2016/inscriptions"
TEXT = "Arrive par le train de 10 h 12 ; =appeler la veille"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def person(registration_db: Database) -> uuid.UUID:
    with registration_db.transaction() as session:
        event = an_event(session).id
        return registering.register(session, event, answers(1), NOW, site=SITE).registration_id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def write(staff: Any, person: uuid.UUID, text: str, **typed: str) -> Any:
    page = f"/equipe/inscriptions/{person}"
    fields = asked(staff.get(page), f"{page}/note") | {"note": text} | typed
    return staff.post(f"{page}/note", data=fields, follow_redirects=True)


def test_the_team_reads_it_in_the_list_on_the_page_and_in_the_file(staff: Any, person: uuid.UUID) -> None:
    assert "La note est enregistrée." in write(staff, person, TEXT).text
    assert "=appeler la veille" in staff.get(LIST).text
    head, row = (line.split(";") for line in staff.get(f"{LIST}.csv").text.lstrip("\ufeff").splitlines())
    assert row[head.index("Note de l’équipe")].startswith('"Arrive par le train de 10 h 12')


def test_of_two_who_write_at_once_the_second_reads_the_first(
    staff: Any, registration_db: Database, person: uuid.UUID
) -> None:
    early = asked(staff.get(f"/equipe/inscriptions/{person}"), f"/equipe/inscriptions/{person}/note")
    write(staff, person, "Vient avec deux élèves")
    late = staff.post(f"/equipe/inscriptions/{person}/note", data=early | {"note": "Vient seul"})
    assert late.status_code == 409
    assert "Vient avec deux élèves" in late.text
    assert "Vient seul" in late.text
    write(staff, person, "")
    with registration_db.reading() as session:
        rows = [row for row in audit.history(session, "registration", person) if row.what == "noted"]
    assert [(row.before["note"], row.after["note"]) for row in rows] == [
        ("", "Vient avec deux élèves"),
        ("Vient avec deux élèves", ""),
    ]


def test_a_note_that_is_too_long_is_given_back(staff: Any, person: uuid.UUID) -> None:
    answer = write(staff, person, "x" * 1001)
    assert (answer.status_code, "x" * 1001 in answer.text) == (422, True)


def test_only_who_may_change_a_registration_writes_one(staff: Any, sign_in: Any, person: uuid.UUID) -> None:
    write(staff, person, TEXT)
    sign_in(staff, "auditor")
    page = staff.get(f"/equipe/inscriptions/{person}").text
    assert "=appeler la veille" in page
    assert 'name="note"' not in page
    assert staff.post(f"/equipe/inscriptions/{person}/note", data={"note": "a"}).status_code == 403


def test_who_it_is_about_reads_it_and_takes_it_along_when_erased(
    staff: Any, registration_db: Database, person: uuid.UUID
) -> None:
    write(staff, person, TEXT)
    link = facts(registration_db, "registration.registration.confirmed.v1")[0]["link"].removeprefix(SITE)
    with staff.application.test_client() as participant:
        assert "=appeler la veille" in participant.get(f"{link}/mes-donnees").text
        assert TEXT in str(participant.get(f"{link}/mes-donnees.json").json)
    with registration_db.transaction() as session:
        erasing.anonymise(session, [person])
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.staff_note)).all() == [""]
        assert all(row.after is None for row in audit.history(session, "registration", person))
    assert staff.post(f"/equipe/inscriptions/{person}/note", data={"note": "a"}).status_code == 409
