"""The funder's report counts people once, presence by the desk, and names nobody."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Attendance, Desk, Event, Registration
from services.registration.models.erasures import YearSalt
from services.registration.models.events import EventPartner
from services.registration.models.forms import FormAnswer
from services.registration.queries import forms, report
from services.registration.use_cases import changing, erasing, registering, structures
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers


@pytest.fixture(autouse=True)
def year_2016(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Agora with three people, a training with one of them again; one cancelled, two came."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    agora, training = _event(registration_db, "agora-2016"), _event(registration_db, "formation")
    _event(registration_db, "brouillon", state="draft")
    _event(registration_db, "plus-tard", starts_at=NOW + dt.timedelta(days=365), ends_at=NOW + dt.timedelta(days=366))
    made = [_register(registration_db, agora, n, structure=s) for n, s in ((1, "Lac"), (2, "LAC"), (3, "=Mairie"))]
    again = _register(registration_db, training, 1, structure="Lac")
    gone = _register(registration_db, training, 4)
    with registration_db.transaction() as session:
        changing.cancel(session, gone, NOW, site=SITE, who="x")
        desk = Desk(event_id=agora, number=1, code_hash=b"x", code_expires_at=NOW, created_at=NOW)
        session.add(desk)
        session.flush()
        for one in (made[0], again):
            session.execute(sa.delete(Attendance).where(Attendance.registration_id == one))
            session.add(Attendance(registration_id=one, present=True, version=1, desk_id=desk.id, at=NOW))


def _event(db: Database, slug: str, **values: Any) -> uuid.UUID:
    with db.transaction() as session:
        event = an_event(session, capacity=10, slug=slug)
        event.title = "=cmd" if slug == "formation" else slug
        if values:
            session.execute(sa.update(Event).where(Event.id == event.id).values(**values))
        return event.id


def _register(db: Database, event: uuid.UUID, number: int, **more: Any) -> uuid.UUID:
    with db.transaction() as session:
        data = answers(number, **more) | {"form_key": f"{event}{number}"}
        return registering.register(session, event, data, NOW, site=SITE).registration_id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "auditor")
    return registration_client


def test_people_count_once_and_presence_is_the_desks(staff: Any) -> None:
    lines = [line.split(";") for line in staff.get("/equipe/bilan/bilan.csv?annee=2016").text.splitlines()[1:]]
    assert [(line[2], line[3], line[4], line[5], line[6]) for line in lines] == [
        ("agora-2016", "10", "3", "1", "8,0"),
        ("'=cmd", "10", "1", "1", "8,0"),
    ]
    page = staff.get("/equipe/bilan/?annee=2016").text
    figures = [part.split("</p>")[0] for part in page.split('<p class="figure">')[1:]]
    assert figures == [
        '<b>2</b>rencontres<br><span class="small">dont 2 à venir</span>',
        "<b>3</b>personnes inscrites",
        "<b>1</b>personne venue",
        "<b>2</b>structures",
        "<b>16</b>heures de présence",
    ]
    assert "personne1@" not in page
    assert "Personne1" not in page


def test_who_came_without_a_registration_has_a_type_in_words(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).where(Registration.structure == "=Mairie").values(actor_type="other"))
    page = staff.get("/equipe/bilan/?annee=2016").text
    assert "Non précisé" in page
    assert ">other<" not in page


def test_a_meeting_of_several_days_is_told_with_all_of_them(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        longer = sa.update(Event).where(Event.slug == "agora-2016")
        session.execute(longer.values(ends_at=Event.ends_at + dt.timedelta(days=1)))
    lines = staff.get("/equipe/bilan/bilan.csv?annee=2016").text.splitlines()
    assert [line.split(";")[:3] for line in lines[1:]] == [
        ["14/10/2016", "15/10/2016", "agora-2016"],
        ["14/10/2016", "14/10/2016", "'=cmd"],
    ]
    page = staff.get("/equipe/bilan/?annee=2016").text
    days = re.findall(r'data-label="Date"><time[^>]*>([^<]+)<', page)
    assert days == ["du 14 octobre au 15 octobre 2016", "14 octobre 2016"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2016-10-14T09:00", "2016-10-14T17:30", 8.5),
        ("2016-10-14T09:00", "2016-10-15T17:00", 16),  # two days of eight hours, and no night
        ("2016-10-28T14:00", "2016-10-30T16:00", 6),  # the clock changes on the last night
        ("2016-10-14T20:00", "2016-10-15T01:00", 5),
        ("2016-10-14T14:00", "2016-10-15T12:00", 16),
    ],
)
def test_hours_of_several_days_leave_the_nights_out(starts: str, ends: str, expected: float) -> None:
    first, last = (dt.datetime.fromisoformat(one).replace(tzinfo=clock.PARIS) for one in (starts, ends))
    assert report.hours(first.astimezone(dt.UTC), last.astimezone(dt.UTC)) == expected


def test_meetings_that_are_still_to_come_are_told_apart(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.reading() as session:
        ended = session.scalars(sa.select(Event.ends_at).where(Event.slug == "agora-2016")).one()
    assert "dont 2 à venir" in staff.get("/equipe/bilan/?annee=2016").text
    monkeypatch.setattr(clock, "now", lambda: ended)
    assert "à venir" not in staff.get("/equipe/bilan/?annee=2016").text


def test_two_names_that_the_staff_found_to_be_one_structure_count_once(staff: Any, registration_db: Database) -> None:
    def counted() -> str:
        return staff.get("/equipe/bilan/chiffres.csv?annee=2016").text.split("structures;")[1].split(";")[0]

    with registration_db.transaction() as session:
        lac, mairie = (structures.settle(session, name, "association", NOW) for name in ("Lac", "=Mairie"))
        for row in session.scalars(sa.select(Registration)):
            row.structure_id = {"lac": lac, "=mairie": mairie}.get(row.structure.lower())
    assert counted() == "2"
    assert lac
    assert mairie
    with registration_db.transaction() as session:
        structures.merge(session, lac, mairie, NOW, who="x")
    assert counted() == "1"


def test_a_year_still_tells_its_structures_when_their_names_are_gone(staff: Any, registration_db: Database) -> None:
    def counted() -> str:
        return str(staff.get("/equipe/bilan/chiffres.csv?annee=2016").text.split("structures;")[1].split(";")[0])

    with registration_db.transaction() as session:
        lac = structures.settle(session, "Lac", "association", NOW)
        people = list(session.scalars(sa.select(Registration).order_by(Registration.id)))
        for row in people:
            row.structure_id = lac if row.structure.lower() == "lac" else None
        ids = [row.id for row in people]
    assert counted() == "2"
    for one in ids:  # each at its time, and one structure is still one
        with registration_db.transaction() as session:
            erasing.anonymise(session, [one])
        assert counted() == "2"
    with registration_db.transaction() as session:
        assert {row.structure for row in session.scalars(sa.select(Registration))} == {""}
        erasing.retain(session, NOW + dt.timedelta(days=300))
        assert session.scalars(sa.select(YearSalt.year)).all() == [2016], "somebody of the year may still register"
        erasing.retain(session, NOW + dt.timedelta(days=4 * 366))
        assert session.scalars(sa.select(YearSalt.year)).all() == []
    assert counted() == "2"


def test_another_year_keeps_the_funder_and_says_when_it_had_nothing(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        agora = session.scalars(sa.select(Event).where(Event.slug == "agora-2016")).one()
        session.add(EventPartner(event_id=agora.id, position=1, name="CROSI"))
    page = staff.get("/equipe/bilan/?annee=2016&organisation=CROSI&departement=34").text
    assert 'href="/equipe/bilan/?annee=2017&amp;organisation=CROSI&amp;departement=34"' in page
    later = staff.get("/equipe/bilan/?annee=2017&organisation=CROSI").text
    assert "ne soutient aucune rencontre de 2017" in later
    assert "<option selected>CROSI</option>" in later
    assert '<p class="figure">' not in later


@pytest.mark.parametrize("year", ["", "x", "1", "999999999999"])
def test_without_a_year_it_is_the_latest_that_has_begun_not_one_to_come(staff: Any, year: str) -> None:
    assert "Bilan 2016" in staff.get(f"/equipe/bilan/?annee={year}").text


def _answer(db: Database, question: str, of: dict[int, Any]) -> None:
    """What the persons of these numbers answered, in every meeting they registered for."""
    with db.transaction() as session:
        for person in session.scalars(sa.select(Registration).order_by(Registration.id)):
            number = int(person.email.removeprefix("personne").partition("@")[0])
            if number in of:
                answer = {"question": question, "label": question, "value": of[number], "said": "x", "sensitive": False}
                answer |= {
                    "version_id": forms.current(session, person.event_id).id,
                    "sensitive": False,
                    "given_at": NOW,
                }
                session.add(FormAnswer(registration_id=person.id, **answer))


def test_people_count_once_in_each_zone_and_goal_that_they_named(staff: Any, registration_db: Database) -> None:
    _answer(registration_db, "countries", {1: ["mg", "cn-sc"], 2: ["mg"], 4: ["kh"]})
    _answer(registration_db, "themes", {1: ["6"], 3: "6"})
    lines = staff.get("/equipe/bilan/personnes.csv?annee=2016").text.splitlines()[1:]
    assert [line for line in lines if line.startswith(("Zone", "Objectif"))] == [
        "Zone de coopération;Madagascar;2",
        "Zone de coopération;Sichuan (Chine);1",
        "Objectif de développement durable;6. Eau propre et assainissement;1",
    ]
    page = staff.get("/equipe/bilan/?annee=2016").text
    assert "Personnes par zone de coopération" in page
    assert "Madagascar" in page
    assert "Cambodge" not in page, "who cancelled is not counted"


def test_a_funder_is_told_of_its_meetings_or_its_territory_alone(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        agora = session.scalars(sa.select(Event).where(Event.slug == "agora-2016")).one()
        session.add(EventPartner(event_id=agora.id, position=1, name="CROSI"))
        session.execute(sa.update(Registration).where(Registration.structure == "LAC").values(department="34"))

    def figures(**scope: str) -> list[str]:
        page = staff.get("/equipe/bilan/", query_string={"annee": "2016"} | scope).text
        return [part.split("</b>")[0].removeprefix("<b>") for part in page.split('<p class="figure">')[1:]]

    assert figures() == ["2", "3", "1", "2", "16"]
    assert figures(organisation="CROSI") == ["1", "3", "1", "2", "8"]
    assert figures(departement="34") == ["2", "1", "0", "1", "0"]
    assert figures(organisation="Nobody", departement="999") == figures(), "what is not on the list is not asked"


def test_figures_in_english_say_what_they_are_of(staff: Any) -> None:
    file = staff.get("/equipe/bilan/chiffres.csv?annee=2016", headers={"Accept-Language": "en"}).text
    assert {line.rsplit(";", 1)[1] for line in file.splitlines()[1:]} == {"the whole network"}
