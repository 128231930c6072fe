"""Appointments of the staff with structures: followed up on Mondays, counted for funders, never told to the jury."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from typing import Any

import marshmallow as ma
import pytest
import sqlalchemy as sa

from services.jury import models as jury
from services.jury import replay
from services.registration.models import Registration
from services.registration.models.support import SupportAppointment
from services.registration.queries.held import held
from services.registration.queries.support import counted, waiting
from services.registration.rules.support import without
from services.registration.use_cases import erasing, registering, structures, support
from services.registration.use_cases.support import Draft
from shared import clock
from shared.contracts.registry import contracts
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
PAGE = "/equipe/accompagnement/"
SECRET = "Le budget est fragile"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


@pytest.fixture
def lac(registration_db: Database) -> uuid.UUID:
    with registration_db.transaction() as session:
        made = structures.settle(session, "Les Amis du Lac", "association", NOW)
        assert made
        return made


def form(**more: Any) -> dict[str, str]:
    values = {"held_on": TODAY.isoformat(), "kind": "call", "adviser": "Camille", "note": SECRET} | more
    return {name: str(value) for name, value in values.items()}


def noted(db: Database, structure_id: uuid.UUID, **more: Any) -> uuid.UUID:
    with db.transaction() as session:
        values: dict[str, Any] = {"held_on": TODAY, "kind": "call", "adviser": "Camille", "note": SECRET}
        draft = Draft(**(values | more))
        return support.note(session, structure_id, draft, NOW, who="camille").id


def one(db: Database, appointment_id: uuid.UUID) -> SupportAppointment:
    with db.reading() as session:
        return session.get_one(SupportAppointment, appointment_id)


def test_an_appointment_stands_on_the_structures_page_and_its_next_step_waits_on_mondays(
    staff: Any, registration_db: Database, lac: uuid.UUID
) -> None:
    step = {"next_step": "Relire le budget", "next_on": (TODAY + 3 * DAY).isoformat(), "dossier": "L’eau"}
    assert staff.post(f"{PAGE}{lac}/nouveau", data=form(**step)).status_code == 303
    page = html.unescape(staff.get(f"/equipe/structures/{lac}").text)
    assert SECRET in page
    assert "Rendez-vous noté" in page
    for monday in ("/equipe/annee/", PAGE):
        assert "Relire le budget" in staff.get(monday).text
    settle = re.search(r'action="([^"]+/fait)"', staff.get(PAGE).text)
    assert settle
    for _twice in range(2):
        assert staff.post(settle[1]).status_code == 303
    assert "Relire le budget" not in staff.get("/equipe/annee/").text


def test_only_what_is_late_or_due_this_week_waits_and_another_day_makes_it_wait_again(
    registration_db: Database, lac: uuid.UUID
) -> None:
    before = TODAY - 30 * DAY
    late = noted(registration_db, lac, held_on=before, next_step="A", next_on=TODAY - DAY)
    noted(registration_db, lac, next_step="B", next_on=TODAY + 8 * DAY)
    soon = noted(registration_db, lac, next_step="C", next_on=TODAY + 7 * DAY)
    with registration_db.transaction() as session:
        assert [row.appointment.id for row in waiting(session, TODAY)] == [late, soon]
        support.settle(session, late, NOW, who="camille")
        assert [row.appointment.id for row in waiting(session, TODAY)] == [soon]
        again = Draft(before, "call", "Camille", next_step="A", next_on=TODAY)
        support.change(session, late, again, NOW, who="camille")
        assert [row.appointment.id for row in waiting(session, TODAY)] == [late, soon]


def test_a_refused_form_keeps_what_was_typed(staff: Any, registration_db: Database, lac: uuid.UUID) -> None:
    appointment = noted(registration_db, lac)
    wrong = [
        {"kind": "party"},
        {"held_on": (TODAY + DAY).isoformat()},
        {"next_step": "Relire"},
        {"next_on": TODAY.isoformat()},
        {"next_step": "Relire", "next_on": (TODAY - DAY).isoformat()},
        {"email": "nobody"},
        {"adviser": ""},
    ]
    for address in (f"{PAGE}{lac}/nouveau", f"{PAGE}rendez-vous/{appointment}"):
        for one_thing in wrong:
            answer = staff.post(address, data=form(note="Gardé", **one_thing))
            assert answer.status_code == 422, one_thing
            assert "Gardé" in answer.text


def test_the_report_counts_each_structure_once_in_its_year(staff: Any, registration_db: Database, lac: Any) -> None:
    with registration_db.transaction() as session:
        an_event(session, capacity=20)
        other = structures.settle(session, "Eau Vive", "association", NOW)
        assert other
    for structure_id, day in ((lac, TODAY), (lac, TODAY - DAY), (other, TODAY), (other, TODAY - 400 * DAY)):
        noted(registration_db, structure_id, held_on=day)
    with registration_db.reading() as session:
        assert counted(session, dt.date(TODAY.year, 1, 1), dt.date(TODAY.year + 1, 1, 1)) == (2, 3)
    page = staff.get(f"/equipe/bilan/?annee={TODAY.year}").text
    assert "<b>2</b>structures accompagnées" in page
    assert "<b>3</b>rendez-vous de conseil" in page
    staff.post(f"/equipe/structures/{lac}/reunir", data={"gone": other})
    assert "<b>1</b>structure accompagnée" in staff.get(f"/equipe/bilan/?annee={TODAY.year}").text
    filtered = staff.get(f"/equipe/bilan/?annee={TODAY.year}&departement=31").text
    assert "Pour tout le réseau" in filtered.split("<b>1</b>structure accompagnée")[0]
    lines = staff.get(f"/equipe/bilan/chiffres.csv?annee={TODAY.year}&departement=31").text.splitlines()
    assert "structures accompagnées;1;tout le réseau" in lines
    assert next(line for line in lines if line.startswith("rencontres;")).endswith(";Haute-Garonne")


def _names(schema: ma.Schema) -> set[str]:
    found = set(schema.fields)
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, ma.fields.List) else field
        if isinstance(inner, ma.fields.Nested):
            found |= _names(inner.schema)
    return found


def test_the_jury_never_receives_it(staff: Any, registration_db: Database, lac: uuid.UUID) -> None:
    with registration_db.reading() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(outbox))
    staff.post(f"{PAGE}{lac}/nouveau", data=form(next_step="Relire", next_on=TODAY.isoformat()))
    own = {"adviser", "next_step", "next_on", "held_on"}
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(outbox)) == before
    for event_type, schema in contracts().items():
        assert own & _names(schema()) == set(), event_type
        assert not re.search("support|appointment", event_type), event_type
    for name, table in jury.Base.metadata.tables.items():
        assert own & {column.name for column in table.columns} == set(), name
    exported = replay.export({"criteria": [], "rulebook": {}}, "seed", [("p", 1, "Eau")], [], [])
    assert set(exported) == {"format", "criteria", "rulebook", "seed", "projects", "sheets", "ranking"}
    assert exported["projects"] == [{"id": "p", "number": 1, "title": "Eau"}]


def test_who_asks_is_erased_from_the_notes_and_homonyms_elsewhere_stay(
    registration_db: Database, lac: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        made = registering.register(session, event.id, answers(1, structure="Les Amis du Lac"), NOW, site=SITE)
        structures.settle_new(session, NOW)
        person = session.get_one(Registration, made.registration_id)
        email, name, key = person.email, person.full_name, person.name_key
        elsewhere = structures.settle(session, "Eau Vive", "association", NOW)
        assert elsewhere
    theirs = noted(registration_db, lac, person=name, email=email.upper())
    naming = noted(registration_db, lac, person="Awa Diop", note=f"Avec {name}, dossier solide")
    homonym = noted(registration_db, elsewhere, note=f"Avec {name}")
    with registration_db.transaction() as session:
        told = held(session, made.registration_id, proven=True).plain()["appointments"]
        # That they met, never what was said.
        assert told == [{"structure": "Les Amis du Lac", "held_on": TODAY}] * 2
        asked = erasing.Asker(email, person.email_key, key)
        erasing.by_staff(session, asked, announced=1, how="mail", who="camille", now=NOW, site=SITE)
    gone = one(registration_db, theirs)
    assert (gone.person, gone.email, gone.note, gone.held_on) == ("", "", "", TODAY)
    kept = one(registration_db, naming)
    assert kept.person == "Awa Diop"
    assert kept.note.endswith("dossier solide")
    assert name.split()[0] not in kept.note
    assert name in one(registration_db, homonym).note


@pytest.mark.parametrize("known", ["met", "registered"])
def test_who_types_the_name_of_somebody_else_neither_reads_nor_erases_them(
    registration_db: Database, lac: uuid.UUID, known: str
) -> None:
    """A name and a structure are typed by whoever registers; only the address is proven."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=20)
        typed = {"structure": "Les Amis du Lac", "first_name": "Awa", "last_name": "Diop"}
        liar = registering.register(session, event.id, answers(1, **typed), NOW, site=SITE).registration_id
        if known == "registered":
            registering.register(session, event.id, answers(2, **typed), NOW, site=SITE)
        structures.settle_new(session, NOW)
        email, key = (getattr(session.get_one(Registration, liar), name) for name in ("email", "name_key"))
    if known == "met":
        noted(registration_db, lac, person="Awa Diop", email="awa@lac.example")
    naming = noted(registration_db, lac, person="Zoé Sy", note="Avec Awa Diop, dossier solide")
    with registration_db.transaction() as session:
        assert held(session, liar, proven=True).plain()["appointments"] == []
        erasing.by_staff(
            session, erasing.Asker(email, email, key), announced=1, how="mail", who="camille", now=NOW, site=SITE
        )
    assert one(registration_db, naming).note == "Avec Awa Diop, dossier solide"


def test_who_erases_somebody_reads_first_how_many_appointments_name_them(
    staff: Any, registration_db: Database, lac: uuid.UUID
) -> None:
    noted(registration_db, lac, person="Awa Diop", email="awa@lac.example")
    asked = {"email": "Awa@lac.example", "first_name": "Awa", "last_name": "Diop", "how": "phone"}
    page = html.unescape(staff.post("/equipe/effacement/", data=asked).text)
    assert "1 rendez-vous de l’équipe avec cette personne" in page.replace("\xa0", " ")


def test_an_address_that_serves_one_person_loses_all_its_appointments(
    registration_db: Database, lac: uuid.UUID
) -> None:
    theirs = noted(registration_db, lac, person="La présidente", email="awa@lac.example")
    with registration_db.transaction() as session:
        assert support.forget(session, "awa@lac.example", "diop awa", set()) == 0
        assert support.forget(session, "awa@lac.example", "diop awa", set(), alone=True) == 1
    assert one(registration_db, theirs).note == ""


def test_a_name_is_taken_out_whole_or_not_at_all() -> None:
    assert without("Diop Awa a rappelé, Awa Sy viendra", "Awa Diop") == "… … a rappelé, Awa Sy viendra"
    assert without("Mme Diop et Awa Sy", "Awa Diop") == "Mme Diop et Awa Sy"
    assert without("Awa viendra", "Awa Diop") == "Awa viendra"
    assert without("Reçu Zoé", "Zoé") == "Reçu Zoé"  # a first name alone is anybody's


def test_what_names_people_goes_after_three_years_and_the_count_stays(
    registration_db: Database, lac: uuid.UUID
) -> None:
    old = noted(registration_db, lac, held_on=TODAY - 1100 * DAY, person="Awa Diop")
    young = noted(registration_db, lac, held_on=TODAY - 1000 * DAY, person="Awa Diop")
    with registration_db.transaction() as session:
        assert erasing.retain(session, NOW, dry_run=True).appointments == 1
        assert erasing.retain(session, NOW).appointments == 1
        assert erasing.retain(session, NOW).appointments == 0
    assert (one(registration_db, old).person, one(registration_db, old).note) == ("", "")
    assert one(registration_db, young).person == "Awa Diop"
    with registration_db.reading() as session:
        assert counted(session, TODAY - 2000 * DAY, TODAY) == (1, 2)
