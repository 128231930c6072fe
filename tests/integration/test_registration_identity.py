"""The network changes its name: what was done before keeps the name of its day, what begins has the new one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.app import create_app
from services.registration.models import Event, Identity
from services.registration.queries import identity
from services.registration.use_cases import groups
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from tests.integration.registration_people import an_event

OLD, NEW = "Midi-Pyrénées Coopdev’", "Occitanie Coopération"
HOME = "/equipe/identite/"
GROUP = {
    "name": "Agir à Madagascar", "about": "", "animator": "", "every_months": 3, "week": 4, "weekday": 2,
    "starts": dt.time(14), "minutes": 120, "place": "Toulouse", "capacity": 30, "partner_zone": "",
}  # fmt: skip


@pytest.fixture
def admin(registration_client: Any, sign_in: Any, registration_db: Database) -> Any:
    sign_in(registration_client, "admin")
    with registration_db.transaction() as session:
        an_event(session).organiser_name = OLD
    for since, name in (("2012-01-15", OLD), ("2017-02-11", NEW)):
        form = {"since": since, "name": name, "legal_form": "association loi 1901", "email": "bonjour@reseau.example"}
        assert registration_client.post(HOME, data=form).status_code == 303
    return registration_client


def on(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=PARIS))


def test_each_day_has_its_name(admin: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, name in (("2017-02-10", OLD), ("2017-02-11", NEW)):
        on(day, monkeypatch)
        notice = admin.get("/mentions-legales").text
        assert f"{name}, association loi 1901" in notice
        assert ("Auparavant" in notice) is (name == NEW)
        assert (
            f'name="organiser_name" type="text" value="{name}"'
            in admin.get("/equipe/evenements/nouveau?modele=agora").text
        )
        with registration_db.reading() as session:
            assert identity.organiser(session, clock.now())["name"] == name
            assert identity.now_called(session, OLD, clock.now().date()) == (NEW if name == NEW else "")
            assert identity.now_called(session, "CROSI", clock.now().date()) == ""
    assert OLD in admin.get("/e/agora-2016").text, "what was then keeps its name"
    page = admin.get(HOME).text
    assert "du 15 janvier 2012 au 10 février 2017" in page


def test_a_name_to_come_does_not_hold_before_its_day(
    registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2016-10-03", monkeypatch)
    client = registration_client
    sign_in(client, "admin")
    form = {"name": NEW, "legal_form": "", "address": "", "email": "bonjour@reseau.example"}
    refused = client.post(HOME, data=form | {"since": "2017-02-11"})
    assert (refused.status_code, "Écrivez d’abord le nom d’aujourd’hui" in refused.text) == (409, True)
    assert f'value="{NEW}"' in refused.text, "what was typed stays"
    days = ("2016-10-03", "2017-02-11")
    assert [client.post(HOME, data=form | {"since": day}).status_code for day in days] == [303, 303]
    assert "à partir du 11 février 2017" in client.get(HOME).text
    assert [client.post(f"{HOME}{day}/retirer").status_code for day in (*days, days[0])] == [409, 303, 303]


def test_what_begins_by_a_copy_or_in_a_group_has_the_name_of_today(
    admin: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2017-03-01", monkeypatch)
    copied = admin.get("/equipe/evenements/nouveau?copie=agora-2016").text
    assert f'name="organiser_name" type="text" value="{NEW}"' in copied
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.organiser_name, event.organiser_email = "CROSI", "crosi@crosi.example"
        group = groups.create(session, GROUP, clock.now(), who="test")
        meeting = groups.plan(session, group.slug, clock.now() + dt.timedelta(days=30), clock.now(), who="test")
        assert (meeting.organiser_name, meeting.organiser_email) == (NEW, "bonjour@reseau.example")
    copied = admin.get("/equipe/evenements/nouveau?copie=agora-2016").text
    assert 'name="organiser_name" type="text" value="CROSI"' in copied, "who is not the network keeps its name"


def test_until_somebody_writes_it_the_network_is_what_the_server_says(
    registration_db: Database, settings_of: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_set_up", dict(identity._set_up))
    house = {"organisation": "Réseau du Lac", "organisation_email": "bonjour@lac.example"}
    app = create_app(settings_of("registration", registration_db.url, **house), registration_db)
    staff = app.test_client()
    sign_in(staff, "staff")
    page = staff.get("/equipe/evenements/nouveau?modele=agora").text
    assert 'value="Réseau du Lac"' in page
    assert 'value="bonjour@lac.example"' in page
    with registration_db.transaction() as session:
        assert identity.organiser(session, clock.now()) == {"name": "Réseau du Lac", "email": "bonjour@lac.example"}


def test_the_form_begins_with_what_events_say_until_then(admin: Any, registration_db: Database) -> None:
    with registration_db.reading() as session:
        ours = identity.organiser(session, clock.now())
    page = admin.get("/equipe/identite/").text
    assert (f'value="{ours["name"]}"' in page, f'value="{ours["email"]}"' in page) == (True, True)


def test_another_address_is_no_other_name(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {
        "since": "2019-01-01",
        "name": NEW,
        "legal_form": "association loi 1901",
        "email": "bonjour@reseau.example",
    }
    assert admin.post(HOME, data=moved | {"address": "2 rue du Lac, 31000 Toulouse"}).status_code == 303
    on("2019-06-01", monkeypatch)
    notice = admin.get("/mentions-legales").text
    assert notice.count("Auparavant") == 1
    assert f"Auparavant «\u202f{OLD}" in notice


def test_a_name_of_a_day_is_corrected_or_taken_back(admin: Any, registration_db: Database) -> None:
    again = {"since": "2017-02-11", "name": "Occitanie Coop", "email": "bonjour@reseau.example"}
    assert admin.post(HOME, data=again).status_code == 303
    for wrong in ({"since": "demain"}, {"name": ""}, {"email": "personne"}, {"since": "0001-01-01"}):
        answer = admin.post(HOME, data=again | wrong)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), wrong
    assert admin.post(f"{HOME}2012-01-15/retirer").status_code == 303
    assert admin.post(f"{HOME}2012-01-15/retirer").status_code == 404
    assert admin.post(f"{HOME}jamais/retirer").status_code == 404
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Identity.name)).all() == ["Occitanie Coop"]


def test_only_who_runs_the_network_names_it(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    assert registration_client.get(HOME).status_code == 403


def test_the_head_of_public_pages_has_the_name_of_the_day(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, name in (("2017-02-10", OLD), ("2017-02-11", NEW)):
        on(day, monkeypatch)
        for page in ("/", "/e/agora-2016", "/agenda/", "/nulle-part"):
            head = admin.get(page).text.partition("</header>")[0]
            assert f"<b>Agora</b><span>{name}</span>" in head, page


def test_without_a_database_the_head_keeps_the_name_it_had(
    admin: Any, registration_app: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2017-02-11", monkeypatch)
    assert f"<span>{NEW}</span>" in admin.get("/").text
    day, _until, name = registration_app.extensions["called"]
    registration_app.extensions["called"] = day, 0.0, name
    gone = Database(registration_db.url.rpartition("/")[0] + "/nowhere")
    registration_app.extensions["db"] = gone
    answer = admin.get("/")
    assert (answer.status_code >= 500, f"<span>{NEW}</span>" in answer.text) == (True, True)


def test_a_rehearsal_and_minutes_say_what_the_network_is_on_their_day(
    admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2017-02-11", monkeypatch)
    made = admin.post("/equipe/assemblees/repetition", data={"statutes": "single"})
    assert made.status_code == 303, made.text
    assert f"{NEW}, association loi 1901 ·" in admin.get(f"{made.location}/proces-verbal").text


def test_however_many_members_a_group_has_the_name_is_looked_up_once(
    admin: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2017-02-11", monkeypatch)
    asked: list[str] = []
    with registration_db.transaction() as session:
        slug = groups.create(session, GROUP, clock.now(), who="test").slug
        people = [(f"Prénom{n}", "Nom", f"p{n}@example.org", "") for n in range(5)]
        groups.add_members(session, slug, people, clock.now(), who="test")
    sa.event.listen(registration_db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with registration_db.transaction() as session:
        assert groups.convene(session, slug, None, clock.now(), who="test", site="https://x.example") == 5
    assert len([one for one in asked if "FROM identities" in one]) == 1
