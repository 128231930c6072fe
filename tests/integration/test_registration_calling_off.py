"""An event does not take place: its pages say so at once, and ten minutes later everybody registered is told, once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import CallingOff, Event, Registration
from services.registration.models.seats import SeatClaim, WaitingEntry
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import calling_off, changing, offers, registering, reminding, rescheduling
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import EDIT, facts, told_of
from tests.integration.test_registration_event_editing import form as edit_form

PAGE = "/equipe/evenements/agora-2016/annuler"
WHY = {"reason": "La salle est fermée.", "reason_en": "The hall is closed."}
AFTER = NOW + WINDOW


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Two seats and one workshop; three people, so that the third waits; the second reads English."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[5]])
        workshop = made.workshops[0].id
    for number in range(3):
        with registration_db.transaction() as session:
            data = answers(number, workshops=[workshop], locale="en" if number == 1 else "fr")
            registering.register(session, made.id, data, NOW, site=SITE)
    return made.id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def call_off(db: Database, event: uuid.UUID, told: int = 3) -> None:
    with db.transaction() as session:
        calling_off.call_off(session, event, NOW, **WHY, who="paule@agora.example", told=told)


def leave(db: Database, now: dt.datetime = AFTER) -> int:
    with db.transaction() as session:
        return calling_off.leave(session, now, site=SITE)


def state(db: Database, event: uuid.UUID) -> tuple[str, int]:
    with db.reading() as session:
        found = session.get_one(Event, event)
        return found.state, found.revision


def count(db: Database, table: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_staff_read_how_many_are_told_and_confirm_that_number(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    assert "Annuler la rencontre et prévenir 3 personnes" in staff.get(PAGE).text
    refused = staff.post(PAGE, data=WHY | {"told": "2"})
    assert refused.status_code == 409
    assert "La salle est fermée." in refused.text  # what was typed is still there
    assert state(registration_db, event)[0] == "published"
    assert staff.post(PAGE, data={"told": "3"}).status_code == 422  # a reason is owed
    done = staff.post(PAGE, data=WHY | {"told": "3"}, follow_redirects=True)
    assert "Aucun courriel n’est parti. Ils partent à 9 h 10." in done.text.replace("\u202f", " ").replace(
        "\u00a0", " "
    )
    assert state(registration_db, event) == ("called_off", 1)


def test_the_public_reads_it_everywhere_and_nobody_registers_any_more(
    registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    call_off(registration_db, event)
    page = registration_client.get("/e/agora-2016")
    assert "Cette rencontre est annulée." in page.text
    assert "La salle est fermée." in page.text
    assert "places libres" not in page.text
    assert "<dt>Inscription</dt>" not in page.text
    calendar = registration_client.get("/agenda/agenda.ics").text
    assert "STATUS:CANCELLED" in calendar
    assert "SEQUENCE:1" in calendar
    feed = registration_client.get("/agenda/agenda.rss").text
    assert "<title>Annulée : Journée d’essai</title>" in feed.replace("\u00a0", " ").replace("\u202f", " ")
    assert "/e/agora-2016#annulee</guid>" in feed
    assert "annulée" in registration_client.get("/agenda/cadre").text
    (listed,) = registration_client.get("/api/events").json
    assert (listed["open"], listed["called_off"]) == (False, True)
    assert "The hall is closed." in registration_client.get("/e/agora-2016?lang=en").text
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        registering.register(session, event, answers(7), NOW, site=SITE)
    assert refused.value.code == "event-called-off"


def test_nothing_leaves_in_the_window_and_then_everybody_is_told_once(
    registration_db: Database, event: uuid.UUID
) -> None:
    call_off(registration_db, event)
    assert leave(registration_db, AFTER - dt.timedelta(seconds=1)) == 0
    assert count(registration_db, SeatClaim) == 4
    assert [leave(registration_db) for _ in range(2)] == [3, 0]
    told = facts(registration_db, "registration.registration.called_off.v1")
    assert sorted((one["certain"], one["reason"]) for one in told) == [
        (False, "La salle est fermée."),
        (True, "La salle est fermée."),
        (True, "The hall is closed."),
    ]
    for one in told:
        assert [slot["cancelled"] for slot in one["calendar"]] == ([True, True] if one["certain"] else [])
    assert (count(registration_db, SeatClaim), count(registration_db, WaitingEntry)) == (0, 0)
    assert facts(registration_db, "registration.registration.promoted.v1") == []
    with registration_db.reading() as session:
        ended = session.execute(sa.select(Registration.status, Registration.cancelled_from)).all()
    assert sorted(tuple(row) for row in ended) == [("cancelled", "confirmed")] * 2 + [("cancelled", "wait_listed")]
    (public,) = facts(registration_db, "registration.event.called_off.v1")
    assert (public["event_id"], public["reason"]) == (str(event), "La salle est fermée.")


def test_a_form_that_was_on_its_way_at_the_click_is_told_too(registration_db: Database, event: uuid.UUID) -> None:
    call_off(registration_db, event)
    with registration_db.transaction() as session:  # it had read that the event is open
        session.execute(sa.update(Event).values(state="published"))
        registering.register(session, event, answers(7), NOW, site=SITE)
        session.execute(sa.update(Event).values(state="called_off"))
    assert leave(registration_db) == 4


def test_taken_back_in_time_nothing_happened(staff: Any, registration_db: Database, event: uuid.UUID) -> None:
    staff.post(PAGE, data=WHY | {"told": "3"})
    shown = staff.post(f"{PAGE}/reprendre", follow_redirects=True)
    assert "La rencontre a lieu" in shown.text
    assert state(registration_db, event) == ("published", 2)  # calendars that read the cancelled entry read it again
    assert (count(registration_db, SeatClaim), count(registration_db, WaitingEntry)) == (4, 1)
    assert leave(registration_db) == 0
    with registration_db.reading() as session:
        rows = [row.what for row in audit.history(session, "event", event)]
    assert rows[-2:] == ["called off", "called off undone"]


def test_once_people_are_told_it_is_not_taken_back(
    staff: Any, registration_db: Database, event: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_off(registration_db, event)
    leave(registration_db)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    assert staff.post(f"{PAGE}/reprendre").status_code == 409
    assert "Créer une rencontre d’après celle-ci" in staff.get("/equipe/evenements/agora-2016").text
    assert staff.post("/equipe/evenements/agora-2016/publier").status_code == 409
    assert staff.get("/equipe/evenements/agora-2016/annuler").status_code == 200


def test_a_participant_reads_it_and_changes_nothing(
    registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    link = facts(registration_db, "registration.registration.confirmed.v1")[0]["link"].removeprefix(SITE)
    registration_client.get(link)  # kept as a plain ticket
    call_off(registration_db, event)
    for _ in range(2):  # in the window, then when the registration has ended
        page = registration_client.get(link).text
        assert "La rencontre est annulée" in page
        assert "La salle est fermée." in page
        assert "Reprendre mon inscription" not in page
        assert "S’inscrire de nouveau" not in page
        assert registration_client.post(f"{link}/annuler").status_code == 409
        assert "STATUS:CONFIRMED" not in registration_client.get(f"{link}/agenda.ics").text
        leave(registration_db)


def test_reminders_offers_and_tidings_of_a_move_do_not_leave(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    staff.post(EDIT, data=edit_form(staff) | {"place": "Albi", "confirm": "true", "tell": "yes", "told": "3"})
    call_off(registration_db, event)
    with registration_db.transaction() as session:
        starts_at = session.get_one(Event, event).starts_at
        assert reminding.remind(session, starts_at - dt.timedelta(days=1), site=SITE) == 0
        session.execute(sa.update(SeatClaim).values(state="held", expires_at=NOW - dt.timedelta(hours=1)))
        assert offers.due(session, NOW) == []
    assert told_of(registration_db) == []
    leave(registration_db)
    with registration_db.transaction() as session:
        assert rescheduling.leave(session, AFTER, site=SITE) == 0


def test_only_an_announced_event_that_has_not_begun_is_called_off(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        starts_at = session.get_one(Event, event).starts_at
        with pytest.raises(RuleError) as begun:
            calling_off.call_off(session, event, starts_at, **WHY, who="p", told=3)
        session.get_one(Event, event).state = "draft"
        with pytest.raises(RuleError) as draft:
            calling_off.call_off(session, event, NOW, **WHY, who="p", told=3)
    assert (begun.value.code, draft.value.code) == ("event-begun", "event-not-open")


def test_a_seat_given_up_by_hand_in_the_window_moves_nobody(registration_db: Database, event: uuid.UUID) -> None:
    call_off(registration_db, event)
    with registration_db.transaction() as session:
        one = session.scalars(sa.select(Registration.id).where(Registration.status == "confirmed").limit(1)).one()
        with pytest.raises(RuleError):
            changing.cancel(session, one, NOW, site=SITE)


def test_a_move_to_another_day_says_why_to_each_and_on_the_page(
    staff: Any, registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = edit_form(staff) | {"date": "vendredi 4 novembre 2016", "confirm": "true", "tell": "yes", "told": "3"}
    long = staff.post(EDIT, data=fields | {"reason": "x" * 301})
    assert long.status_code == 422
    assert "x" * 301 in long.text
    assert staff.post(EDIT, data=fields | WHY).status_code == 303
    assert sorted(one["reason"] for one in told_of(registration_db)) == ["La salle est fermée."] * 2 + [
        "The hall is closed."
    ]
    page = registration_client.get("/e/agora-2016").text
    assert "Cette rencontre est reportée : elle était annoncée pour le vendredi 14 octobre 2016." in page.replace(
        "\u00a0", " "
    ).replace("\u202f", " ")
    assert "La salle est fermée." in page


def test_a_new_room_later_hides_neither_the_former_day_nor_why(
    staff: Any, registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    told = {"confirm": "true", "tell": "yes", "told": "3"}
    staff.post(EDIT, data=edit_form(staff) | told | WHY | {"date": "vendredi 4 novembre 2016"})
    staff.post(EDIT, data=edit_form(staff) | told | {"place": "Albi"})
    page = registration_client.get("/e/agora-2016").text
    assert "Cette rencontre est reportée : elle était annoncée pour le vendredi 14 octobre 2016." in page.replace(
        "\u00a0", " "
    ).replace("\u202f", " ")
    assert "La salle est fermée." in page
    # Who was not told of the first is told once, of both.
    assert sorted(one["reason"] for one in told_of(registration_db)) == ["La salle est fermée."] * 2 + [
        "The hall is closed."
    ]


def test_the_row_stays_as_the_memory_of_it(registration_db: Database, event: uuid.UUID) -> None:
    call_off(registration_db, event)
    leave(registration_db)
    with registration_db.reading() as session:
        kept = session.get_one(CallingOff, event)
        assert (kept.made_by, kept.state_before, kept.ended_at) == ("paule@agora.example", "published", AFTER)


def test_the_page_that_changes_an_event_says_that_it_is_called_off(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = edit_form(staff) | {"title": "Journée du lac"}
    call_off(registration_db, event)
    page = staff.get(EDIT).text
    assert "elle ne se modifie plus" in page
    assert 'name="title"' not in page
    late = staff.post(EDIT, data=fields)  # called off while somebody typed: their text is still there
    assert (late.status_code, "elle ne se modifie plus" in late.text, "Journée du lac" in late.text) == (
        409,
        True,
        True,
    )
    programme = staff.get("/equipe/evenements/agora-2016/programme/").text
    assert "elle ne se modifie plus" in programme
    assert "/programme/atelier/nouveau" not in programme


def test_a_reason_that_nobody_would_read_is_not_dropped_in_silence(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = edit_form(staff) | {"date": "vendredi 4 novembre 2016", "confirm": "true", "told": "3"} | WHY
    page = staff.post(EDIT, data=fields | {"tell": "no"})
    assert page.status_code == 422
    assert "Personne ne lirait cette phrase" in page.text
    assert "La salle est fermée." in page.text
    assert re.search(r'name="tell" value="no" checked', page.text)
    assert state(registration_db, event) == ("published", 0)
    assert staff.post(EDIT, data=fields | {"tell": "no", "reason": "", "reason_en": ""}).status_code == 303
