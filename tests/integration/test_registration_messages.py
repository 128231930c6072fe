"""The staff write to a selection: seen before, counted, held back for ten minutes, then once to each person."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import handlers as mailer
from services.mailer import render
from services.mailer.models.ledger import Message
from services.registration.models import Event, Registration, StaffMessage, StaffMessageRecipient
from services.registration.queries.selection import Wanted
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import changing, erasing, messages, registering
from shared import clock
from shared.contracts import registry
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging import envelope
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

ADDRESS = "/equipe/evenements/agora-2016/messages"
WORDS = messages.Words("La salle change", "Rendez-vous {{ salle }} %s.\n\nÀ vendredi.", "New room", "Meet in the hall.")
EVERYBODY = Wanted()
LATER = NOW + WINDOW


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Three people from two départements; one reads English; two places, so the third waits."""
    people = [{"department": "31"}, {"department": "34", "locale": "en"}, {"department": "34"}]
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2)
    for number, person in enumerate(people):
        with registration_db.transaction() as session:
            registering.register(session, made.id, answers(number, **person), NOW, site=SITE)
    return made


def confirm(db: Database, event: Event, wanted: Wanted = EVERYBODY, *, expected: int = 3, **more: Any) -> uuid.UUID:
    with db.transaction() as session:
        chosen: dict[str, Any] = {"message_id": new_id(), "selection": {}, "expected": expected, "who": "test"} | more
        return messages.confirm(session, event.id, WORDS, wanted, NOW, **chosen).id


def leave(db: Database, now: dt.datetime) -> int:
    """What the worker does at this moment; how many facts it wrote."""
    with db.reading() as session:
        due = messages.due(session, now)
    count = 0
    for message_id in due:
        with db.transaction() as session:
            count += messages.leave(session, message_id, now, site=SITE)
    return count


def facts(db: Database) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.message.written.v1")
    with db.reading() as session:
        return list(session.scalars(query.order_by(outbox.c.id)))


def told(db: Database) -> dict[str, str]:
    return {one["data"]["person"]["email"]: one["data"]["title"] for one in facts(db)}


def test_nothing_leaves_before_the_window_ends_then_each_person_once(registration_db: Database, event: Event) -> None:
    confirm(registration_db, event)
    assert leave(registration_db, LATER - dt.timedelta(seconds=1)) == 0
    assert [leave(registration_db, LATER) for _ in range(3)] == [3, 0, 0]
    assert told(registration_db) == {
        "personne0@example.org": "La salle change",
        "personne1@example.org": "New room",
        "personne2@example.org": "La salle change",
    }
    assert "{{ salle }} %s" in facts(registration_db)[0]["data"]["body"]


def test_a_message_taken_back_leaves_nothing_and_one_that_left_stays(registration_db: Database, event: Event) -> None:
    first, second = confirm(registration_db, event), confirm(registration_db, event)
    with registration_db.transaction() as session:
        messages.cancel(session, event.id, first, LATER - dt.timedelta(seconds=1), who="test")
    leave(registration_db, LATER)
    assert {one["data"]["message_id"] for one in facts(registration_db)} == {str(second)}
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        messages.cancel(session, event.id, second, LATER, who="test")
    assert refused.value.code == "message-left"


def test_the_database_refuses_a_message_both_left_and_taken_back(registration_db: Database, event: Event) -> None:
    message = confirm(registration_db, event)
    both = {"began_at": LATER, "cancelled_at": LATER}
    with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
        session.execute(sa.update(StaffMessage).where(StaffMessage.id == message).values(both))


def test_confirmed_twice_is_one_message(registration_db: Database, event: Event) -> None:
    key = new_id()
    assert confirm(registration_db, event, message_id=key) == confirm(registration_db, event, message_id=key) == key
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StaffMessageRecipient)) == 3


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(status="wait_listed"), 1),
        (Wanted(department="34"), 2),
        (Wanted(department="34", status="confirmed"), 1),
        (Wanted(actor_type="association", present="out"), 3),
    ],
)
def test_only_the_selection_is_written_to(registration_db: Database, event: Event, wanted: Wanted, count: int) -> None:
    confirm(registration_db, event, wanted, expected=count)
    assert leave(registration_db, LATER) == count


@pytest.mark.parametrize(
    ("wanted", "code"), [(Wanted(present="in"), "message-nobody"), (Wanted(department="34"), "message-moved")]
)
def test_nobody_or_others_than_were_shown_confirm_nothing(
    registration_db: Database, event: Event, wanted: Wanted, code: str
) -> None:
    with pytest.raises(RuleError) as refused:
        confirm(registration_db, event, wanted)
    assert refused.value.code == code
    assert leave(registration_db, LATER) == 0


def test_who_cancelled_and_came_back_is_one_person_and_who_is_erased_is_passed_over(
    registration_db: Database, event: Event
) -> None:
    with registration_db.reading() as session:
        ids = session.scalars(sa.select(Registration.id).order_by(Registration.email)).all()
    with registration_db.transaction() as session:
        changing.cancel(session, ids[0], NOW, site=SITE)
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(0, form_key="again"), NOW, site=SITE)
    message = confirm(registration_db, event)
    with registration_db.transaction() as session:
        erasing.anonymise(session, [ids[2]])
    assert leave(registration_db, LATER) == 3
    assert sorted(told(registration_db)) == ["personne0@example.org", "personne1@example.org"]
    with registration_db.reading() as session:
        over = session.scalars(sa.select(StaffMessageRecipient.passed_over).order_by("passed_over")).all()
        assert (over, session.get_one(StaffMessage, message).left_at) == (["", "", "erased"], LATER)


def test_the_mailer_writes_it_once_even_when_it_is_announced_twice(
    registration_db: Database, mailer_db: Database, event: Event
) -> None:
    confirm(registration_db, event)
    leave(registration_db, LATER)
    first = facts(registration_db)[0]
    again = first | {"id": str(new_id()), "sequence": "9"}
    for body in (first, again):
        with mailer_db.transaction() as session:
            mailer.on_message_written(session, envelope.parse(registry_bytes(body)))
    with mailer_db.reading() as session:
        rows = session.execute(sa.select(Message.email, Message.template)).all()
    assert [tuple(row) for row in rows] == [("personne0@example.org", "staff_message")]


def registry_bytes(body: dict[str, Any]) -> bytes:
    assert body["type"] in registry.contracts()
    return json.dumps(body, ensure_ascii=False).encode()


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that confirms."""
    form = page[page.rindex("<form") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def test_a_trial_goes_to_who_writes_and_to_nobody_else(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    typed = {name: getattr(WORDS, name) for name in ("subject", "body", "subject_en", "body_en")}
    page = registration_client.post(f"{ADDRESS}/nouveau", data=typed | {"trial": "1"})
    assert "L’essai part à camille.roux@agora.example, et à personne d’autre." in page.text
    assert fields(page.text)["people"] == "3"  # the preview again, to confirm or to correct
    site = registration_client.application.extensions["settings"].public_url
    french, english = [one["data"] for one in facts(registration_db)]
    assert {one["person"]["email"] for one in (french, english)} == {"camille.roux@agora.example"}
    assert (french["title"], english["title"]) == ("La salle change", "New room")
    assert {one["link"] for one in (french, english)} == {f"{site}/e/agora-2016"}
    mail = render.render("staff_message", french)
    assert mail.subject == "[essai] La salle change"
    assert "Voir mon inscription" in mail.text
    assert "Bonjour Camille Roux," in mail.text
    with registration_db.reading() as session:
        assert not session.scalars(sa.select(StaffMessage)).all()
    assert registration_client.post(f"{ADDRESS}/nouveau", data=typed | {"trial": "1", "subject": ""}).status_code == 422
    assert len(facts(registration_db)) == 2


def test_who_left_no_address_is_counted_before_anything_leaves(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(7, email=""), NOW, site=SITE)
        session.execute(sa.update(Registration).where(Registration.last_name == "Personne7").values(email=""))
    sign_in(registration_client, "staff")
    said = "1 des personnes choisies n’a pas d’adresse électronique"
    assert said in registration_client.get(f"{ADDRESS}/nouveau").text
    shown = {"subject": "La salle", "body": "Elle change.", "preview": "1"}
    assert said in registration_client.post(f"{ADDRESS}/nouveau", data=shown).text
    assert "adresse électronique" not in registration_client.get(f"{ADDRESS}/nouveau?departement=34").text


def test_who_cancelled_is_written_to_when_that_is_asked_for(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        gone = session.scalars(sa.select(Registration.id).order_by(Registration.email)).first()
        assert gone
        changing.cancel(session, gone, NOW, site=SITE)
    sign_in(registration_client, "staff")
    staff = registration_client
    page = staff.get(f"{ADDRESS}/nouveau").text
    assert "Écrire à 2 personnes" in page
    assert "elle ne le recevra pas." in page
    typed = fields(page) | {"subject": "La salle", "body": "Elle change."}
    kept = fields(staff.post(f"{ADDRESS}/nouveau", data=typed | {"preview": "1"}).text)
    assert kept["people"] == "2"
    wider = staff.post(f"{ADDRESS}/nouveau", data=typed | {"include": "1"}).text
    assert "elle le recevra aussi." in wider
    assert "Elle change." in wider
    again = {"subject": "La salle", "body": "Elle change.", "preview": "1"}
    assert fields(staff.post(f"{ADDRESS}/nouveau", data=fields(wider) | again).text)["people"] == "3"
    assert "Écrire à 1 personne<" in staff.get(f"{ADDRESS}/nouveau?etat=cancelled").text
    assert "Écrire à 1 personne<" in staff.get(f"{ADDRESS}/nouveau?ids={gone}").text
    alone = fields(staff.get(f"{ADDRESS}/nouveau?q=Personne0").text)
    assert "Écrire à 1 personne<" in staff.post(f"{ADDRESS}/nouveau", data=alone | {"include": "1"}).text
    with registration_db.transaction() as session:  # everybody of a meeting that was called off is a cancelled one
        session.execute(sa.update(Event).values(state="called_off"))
        session.execute(sa.update(Registration).values(status="cancelled", cancelled_at=NOW))
    assert "Écrire à 3 personnes" in staff.get(f"{ADDRESS}/nouveau").text


def test_from_the_list_to_who_got_what(
    registration_client: Any, sign_in: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    staff = registration_client
    chosen = staff.get("/equipe/evenements/agora-2016/inscriptions/ensemble?departement=34&action=write")
    assert chosen.location.endswith(f"{ADDRESS}/nouveau?departement=34")
    typed = {"subject": "Covoiturage", "body": "Le parking ouvre à 8 h.", "departement": "34"}
    assert staff.post(f"{ADDRESS}/nouveau", data=typed | {"subject": ""}).status_code == 422
    long = staff.post(f"{ADDRESS}/nouveau", data=typed | {"body": "é" * 5001})
    said = "Ce texte est trop long : 5000 caractères au plus, il en a 5001."
    assert (long.status_code, said in long.text.replace("\u202f", " "), "é" * 5001 in long.text) == (422, True, True)
    half = staff.post(f"{ADDRESS}/nouveau", data=typed | {"subject_en": "Car park"})
    assert (half.status_code, "Car park" in half.text) == (422, True)
    seen = staff.post(f"{ADDRESS}/nouveau", data=typed | {"preview": "1"}).text
    assert "Bonjour Noé" in seen
    kept = fields(seen)
    assert (kept["people"], kept["departement"]) == ("2", "34")
    moved = staff.post(f"{ADDRESS}/nouveau", data=kept | {"people": "7", "confirm": "1"})
    assert moved.status_code == 409
    with registration_db.transaction() as session:  # one goes, another comes: still two, and not those who were shown
        swap = sa.case({"34": "31", "31": "34"}, value=Registration.department)
        numbers = ("Personne0", "Personne1")
        session.execute(sa.update(Registration).where(Registration.last_name.in_(numbers)).values(department=swap))
    moved = staff.post(f"{ADDRESS}/nouveau", data=kept | {"confirm": "1"})
    assert (moved.status_code, fields(moved.text)["people"]) == (409, "2")
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).where(Registration.last_name.in_(numbers)).values(department=swap))
    answer = staff.post(f"{ADDRESS}/nouveau", data=kept | {"confirm": "1"})
    assert answer.status_code == 303
    page = staff.get(answer.location).text
    assert "personne1@example.org" in page
    assert "personne0@example.org" not in page
    staff.post(f"{answer.location}/reprendre")
    assert "repris" in staff.get(ADDRESS).text
    assert "chaque serveur a répondu" not in staff.get(answer.location).text, "no server was asked"
    assert leave(registration_db, LATER) == 0
    for nonsense in ({"people": "²"}, {"key": "x"}, {"departement": "\x00"}, {"as": "x"}, {"present": "in"}):
        assert staff.post(f"{ADDRESS}/nouveau", data=typed | nonsense).status_code in (200, 422)
