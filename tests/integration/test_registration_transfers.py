"""A seat passes from one person to another without going through the pool, and nothing personal goes with it."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Attendance, Consent, Event, Registration, SeatClaim, SensitiveAnswers
from services.registration.queries import desk, forms
from services.registration.queries.standing import standing
from services.registration.use_cases import changing, registering, transferring
from services.registration.use_cases import desk as door
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_form import PERSON, opened
from tests.integration.test_registration_seats import assert_sound

TAKER = {"first_name": "Léa", "last_name": "Rivière", "email": "lea@example.org"}
PRIVATE = {"diet": "vegan", "access": "Boucle magnétique", "phone": "05 61 00 00 00", "call_back": True}


@pytest.fixture
def seats(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One seat in the event and one in each of two workshops; a second person waits for the event."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=1, workshops=[[1], [1]])
        event_id, rooms = event.id, [one.id for one in event.workshops]
    made = []
    for number in (1, 2):
        told = answers(number, workshops=rooms, newsletter=True, photo=True, **PRIVATE)
        with registration_db.transaction() as session:
            made.append(registering.register(session, event_id, told, NOW, site=SITE))
    return {"event": event_id, "giver": made[0].registration_id, "token": made[0].token, "waits": made[1]}


def give(db: Database, who: uuid.UUID, taker: dict[str, str] = TAKER) -> uuid.UUID:
    with db.transaction() as session:
        return transferring.transfer(session, who, taker, NOW, site=SITE).registration.id


def at_the_door(db: Database, event_id: uuid.UUID, who: uuid.UUID) -> None:
    with db.transaction() as session:
        made, _code = door.open_desk(session, event_id, NOW, who="test")
        session.add(Attendance(registration_id=who, present=True, desk_id=made.id, at=NOW))


def sent(db: Database, thing: uuid.UUID) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.type, outbox.c.envelope).where(outbox.c.thing == str(thing)).order_by(sa.text("id"))
    with db.reading() as session:
        return [row.envelope["data"] | {"type": row.type.split(".")[2]} for row in session.execute(query)]


def test_the_seats_change_hands_and_nobody_who_waits_moves(registration_db: Database, seats: dict[str, Any]) -> None:
    taker = give(registration_db, seats["giver"])
    with registration_db.reading() as session:
        new, old = standing(session, taker), standing(session, seats["giver"])
        assert [one.outcome for one in new.places] == ["confirmed", "confirmed"]
        assert (new.registration.status, old.registration.status) == ("confirmed", "cancelled")
        assert (old.places, old.registration.transferred_to) == ([], taker)
        assert standing(session, seats["waits"].registration_id).rank == 1
        owners = session.scalars(sa.select(SeatClaim.registration_id)).all()
        assert set(owners) == {taker}
        listed = desk.people(session, session.get_one(Event, seats["event"]), NOW)
    at_desk = {one["last_name"]: one["ticket"] for one in listed}
    assert set(at_desk) == {"Rivière", "Personne2"}
    assert at_desk["Rivière"] == new.registration.ticket != old.registration.ticket
    assert_sound(registration_db)


def test_both_are_told_and_each_gets_a_link_of_their_own(registration_db: Database, seats: dict[str, Any]) -> None:
    taker = give(registration_db, seats["giver"])
    got, gave = sent(registration_db, taker)[-1], sent(registration_db, seats["giver"])[-1]
    assert (got["type"], got["person"]["email"], got["passed_on_by"]) == ("confirmed", TAKER["email"], "Noé Personne1")
    assert (gave["type"], gave["passed_on_to"], gave["undo_until"]) == ("cancelled", "Léa Rivière", None)
    assert {slot["cancelled"] for slot in gave["calendar"]} == {True}
    assert {slot["uid"] for slot in gave["calendar"]}.isdisjoint(slot["uid"] for slot in got["calendar"])
    assert got["link"] != gave["link"]


def test_the_staff_read_that_a_seat_was_passed_on_and_to_whom_and_count_no_cancellation(
    registration_client: Any, sign_in: Any, registration_db: Database, seats: dict[str, Any]
) -> None:
    taker = give(registration_db, seats["giver"])
    sign_in(registration_client, "staff")
    board = registration_client.get("/equipe/evenements/agora-2016").text
    assert ["<b>0</b>annulation" in board, "<b>1</b>place transmise" in board] == [True, True]
    where = "/equipe/evenements/agora-2016/inscriptions"

    def rows(state: str) -> list[dict[str, str]]:
        told = registration_client.get(f"{where}.csv", query_string={"etat": state}).data.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(told), delimiter=";"))

    assert [(one["Nom"], one["État"]) for one in rows("passed_on")] == [("Personne1", "Place transmise")]
    assert rows("cancelled") == []
    listed = registration_client.get(where, query_string={"etat": "passed_on"}).text
    assert ("Personne1" in listed, "Personne2" in listed, "Annulée</span>" in listed) == (True, False, False)
    written = registration_client.get("/equipe/evenements/agora-2016/messages/nouveau").text
    assert "1 personne a annulé ou transmis sa place : elle ne le recevra pas." in written.replace("\u202f", " ")
    old = registration_client.get(f"/equipe/inscriptions/{seats['giver']}").text
    assert f'Place transmise à <a href="/equipe/inscriptions/{taker}">Léa Rivière</a>' in old
    new = registration_client.get(f"/equipe/inscriptions/{taker}").text
    assert f'Place reçue de <a href="/equipe/inscriptions/{seats["giver"]}">Noé Personne1</a>' in new


def test_nothing_said_agreed_or_done_by_the_giver_goes_over(registration_db: Database, seats: dict[str, Any]) -> None:
    taker = give(registration_db, seats["giver"])
    with registration_db.reading() as session:
        new = session.get_one(Registration, taker)
        assert (new.phone, new.function, new.newsletter, new.photo) == ("", "", False, False)
        assert (new.structure, new.department, new.meal) == ("Les Amis du Lac", "31", True)
        assert session.get(SensitiveAnswers, taker) is None
        assert not session.scalars(sa.select(Consent).where(Consent.registration_id == taker)).all()
        assert [row.what for row in audit.history(session, "registration", taker)] == ["seat received"]
        told = str([row.after for row in audit.history(session, "registration", taker)])
    assert "Personne1" not in told


def test_the_taker_was_asked_under_the_same_version_of_the_form(
    registration_db: Database, seats: dict[str, Any]
) -> None:
    with registration_db.transaction() as session:
        version = forms.current(session, seats["event"]).id
        session.get_one(Registration, seats["giver"]).form_version_id = version
    taker = give(registration_db, seats["giver"])
    with registration_db.reading() as session:
        assert session.get_one(Registration, taker).form_version_id == version


def test_what_cannot_be_passed_on(registration_db: Database, seats: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match="place certaine"):
        give(registration_db, seats["waits"].registration_id)
    with pytest.raises(RuleError, match="Une autre inscription"):
        give(
            registration_db,
            seats["giver"],
            {**TAKER, "last_name": "Personne2", "first_name": "Noé", "email": "personne2@example.org"},
        )
    at_the_door(registration_db, seats["event"], seats["giver"])
    with pytest.raises(RuleError, match="servi à l’accueil"):
        give(registration_db, seats["giver"])
    assert_sound(registration_db)


def test_a_seat_passed_on_does_not_come_back(registration_db: Database, seats: dict[str, Any]) -> None:
    taker = give(registration_db, seats["giver"])
    with registration_db.transaction() as session, pytest.raises(RuleError, match="transmise"):
        changing.undo(session, seats["giver"], NOW, site=SITE, accept_waiting=True)
    third = give(registration_db, taker, {**TAKER, "first_name": "Ali", "email": "ali@example.org"})
    with registration_db.reading() as session:
        assert len(standing(session, third).places) == 2
    assert_sound(registration_db)


def test_from_the_page_with_a_typo_a_look_and_a_double_click(
    registration_client: Any, registration_db: Database, seats: dict[str, Any]
) -> None:
    path = f"/i/{seats['token']}/transmettre"
    assert path in registration_client.get(f"/i/{seats['token']}").text
    assert registration_client.post(path, data={"first_name": "Léa"}).status_code == 422
    asked = registration_client.post(path, data={**TAKER, "email": "lea@gmial.com"})
    assert asked.status_code == 422
    assert "lea@gmail.com" in asked.text
    shown = registration_client.post(path, data=TAKER)
    assert "Transmettre votre place à Léa Rivière" in shown.text
    with registration_db.reading() as session:
        assert session.get_one(Registration, seats["giver"]).status == "confirmed"
    for _ in range(2):
        done = registration_client.post(path, data={**TAKER, "confirm": "true"})
        assert done.headers["Location"] == "/e/agora-2016/place-transmise"
    assert "est transmise" in registration_client.get(done.headers["Location"]).text
    assert registration_client.get(f"/i/{seats['token']}").status_code == 404
    assert registration_client.post(path, data={**TAKER, "last_name": "Autre", "confirm": "true"}).status_code == 404
    link = sent(registration_db, seats["giver"])[-1]["link"].removeprefix(SITE)
    page = registration_client.get(link)
    assert "Vous avez transmis votre place" in page.text
    assert "Reprendre" not in page.text
    assert "personne1@example.org" in registration_client.get(f"{link}/mes-donnees").text


def test_without_a_certain_seat_the_personal_page_says_so(
    registration_client: Any, registration_db: Database, seats: dict[str, Any]
) -> None:
    with registration_db.transaction() as session:
        changing.cancel(session, seats["giver"], NOW, site=SITE, who="participant")
        waiting = seats["waits"].registration_id
        assert session.get_one(Registration, waiting).status == "confirmed"
        changing.cancel(session, waiting, NOW, site=SITE, who="participant")
    home = f"/i/{seats['token']}"
    for method, data in (("GET", None), ("POST", {**TAKER, "confirm": "true"})):
        answer = registration_client.open(f"{home}/transmettre", method=method, data=data)
        assert (answer.status_code, answer.location) == (303, home)
        page = registration_client.get(home).text
        assert "Vous n’avez pas de place certaine à transmettre." in page
        assert "Cette inscription est annulée" in page


def test_who_gave_the_seat_types_no_way_to_the_takers_page(
    registration_client: Any, registration_db: Database, seats: dict[str, Any]
) -> None:
    give(registration_db, seats["giver"])
    typed = PERSON | TAKER | opened(registration_client) | {"form_key": f"passed on {seats['giver']}"}
    answer = registration_client.post("/e/agora-2016/inscription", data=typed)
    assert answer.location == "/e/agora-2016/deja-inscrit"
