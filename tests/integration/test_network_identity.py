"""The names that registration keeps reach the other services: each day has its own in letters, calls and minutes."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from services.jury.handlers import handlers as jury
from services.jury.models import Call
from services.mailer import issues, publishing
from services.mailer.handlers import handlers as mailer
from services.mailer.models.contacts import ECHO
from services.mailer.models.identity import Identity as MailersCopy
from services.mailer.publishing import House
from services.registration.chores import tell_identity
from services.registration.models import Identity
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from shared.messaging import consumer
from shared.messaging.tables import outbox
from tests.jury_room import Room, sign

OLD, NEW = "Midi-Pyrénées Coopdev’", "Occitanie Coopération"
HOME = "/equipe/identite/"
CHANGE = dt.date(2017, 2, 11)


def form(since: str, name: str, legal_form: str) -> dict[str, str]:
    return {"since": since, "name": name, "legal_form": legal_form, "address": "3 place du Capitole, 31000 Toulouse",
            "email": "bonjour@reseau.example"}  # fmt: skip


def on(day: dt.date, monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    noon = dt.datetime.combine(day, dt.time(12), PARIS)
    monkeypatch.setattr(clock, "now", lambda: noon)
    return noon


def told(db: Database) -> list[bytes]:
    """The facts about the network, as they leave."""
    query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.identity.changed.v1")
    with db.reading() as session:
        return [json.dumps(one).encode() for one in session.scalars(query.order_by(outbox.c.id))]


@pytest.fixture
def names(registration_client: Any, sign_in: Any, registration_db: Database) -> list[bytes]:
    """An association that becomes a public body under another name, written down ahead of the day."""
    sign_in(registration_client, "admin")
    for one in (("2012-01-15", OLD, "association loi 1901"), (str(CHANGE), NEW, "groupement d’intérêt public")):
        assert registration_client.post(HOME, data=form(*one)).status_code == 303
    return told(registration_db)


def test_a_letter_is_signed_with_the_name_of_the_day_it_leaves(
    names: list[bytes], mailer_app: Any, mailer_db: Database
) -> None:
    settings = mailer_app.extensions["settings"]
    before = House.of(settings)
    assert consumer.receive(mailer_db, mailer, names[-1]) == "handled"
    assert consumer.receive(mailer_db, mailer, names[0]) == "handled", "one that comes late changes nothing"
    written = dt.datetime(2017, 2, 1, 9, tzinfo=dt.UTC)
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "Un nom", "planned_on": CHANGE, "editorial": "Bonjour.", "list_key": ECHO}
        issue = issues.get(session, issues.create(session, head, who="ines@agora.example", now=written))
        for day, name in ((CHANGE - dt.timedelta(days=1), OLD), (CHANGE, NEW)):
            house = House.at(session, settings, dt.datetime.combine(day, dt.time(0, 30), PARIS))
            made = publishing.render_issue(issue, house)
            assert f"{name}, 3 place du Capitole" in made.text
            assert name in made.html
            assert before.organiser not in made.html
            assert house.reply_to == before.reply_to, "answers still go to the editor"


def test_a_call_is_proposed_in_the_name_of_today_and_its_minutes_say_what_the_organiser_is(
    names: list[bytes], jury_app: Any, jury_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.receive(jury_db, jury, names[-1])
    room, staff = Room(jury_db), jury_app.test_client()
    sign_in(staff, "secretary")
    for day, name in ((CHANGE - dt.timedelta(days=1), OLD), (CHANGE, NEW)):
        on(day, monkeypatch)
        for page in ("/equipe/appels/nouveau", "/equipe/appels/financement"):
            assert f'name="organiser_name" type="text" value="{name}"' in staff.get(page).text
    with jury_db.transaction() as session:
        session.get_one(Call, room.call_id).organiser_name = OLD
    room.close()
    this = f"/equipe/tours/{room.round_id}"
    sign_in(staff, "secretary")
    assert sign(staff, room.round_id).status_code == 303
    pages = pypdf.PdfReader(io.BytesIO(staff.get(f"{this}/proces-verbal.pdf").data)).pages
    assert f"{OLD}, association loi 1901" in " ".join(pages[0].extract_text().split())


def test_a_name_that_is_removed_is_removed_everywhere(
    names: list[bytes], registration_client: Any, registration_db: Database, mailer_db: Database
) -> None:
    assert registration_client.post(f"{HOME}{CHANGE}/retirer").status_code == 303
    for one in told(registration_db):
        consumer.receive(mailer_db, mailer, one)
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(MailersCopy.name)).all() == [OLD]


def test_a_name_that_was_there_before_the_fact_is_told_once(registration_app: Any, registration_db: Database) -> None:
    settings = registration_app.extensions["settings"]
    tell_identity(registration_db, settings)
    assert told(registration_db) == [], "there is nothing to tell"
    with registration_db.transaction() as session:
        session.add(Identity(since=CHANGE, name=NEW, email="bonjour@reseau.example"))
    for _each in range(2):
        tell_identity(registration_db, settings)
    (fact,) = told(registration_db)
    assert json.loads(fact)["data"]["names"][0]["name"] == NEW
