"""Who is invited and has not answered is told that the event moves or is called off: once, and nobody else is."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import render
from services.registration.models import Event, Invitation, InvitationRound
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import calling_off, invitations_leaving, invited, inviting, registering
from services.registration.use_cases.event_editing import concerned
from shared.contracts import registry
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, answers
from tests.integration.test_registration_event_editing import EDIT, asked_first, told_of
from tests.integration.test_registration_event_editing import facts as told
from tests.integration.test_registration_invitations import (
    LATER,
    event,  # noqa: F401
    facts,
    guest,
    invite,
    leave,
    states,
    token,
)

SENT = "registration.invitation.sent.v1"
OFF = "registration.invitation.called_off.v1"
PAGE = "/equipe/evenements/agora-2016/annuler"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


@pytest.fixture
def meeting(registration_db: Database, event: Event) -> uuid.UUID:  # noqa: F811
    """Seven are invited: two say nothing, the second in English; one declines, one wants none, one is taken back, one
    registers, and the mail of the last has not left."""
    invite(registration_db, event, *(guest(number, locale="en" if number == 1 else "fr") for number in range(6)))
    leave(registration_db)
    links = {one["person"]["email"]: one["link"].rpartition("/")[2] for one in facts(registration_db)}
    with registration_db.transaction() as session:
        invited.decline(session, links["awa2@example.org"], NOW)
        invited.stop(session, links["awa3@example.org"], NOW)
        gone = session.scalars(sa.select(Invitation.id).where(Invitation.email == "awa4@example.org")).one()
        inviting.take_back(session, event.id, gone, NOW, who="test")
        registering.register(session, event.id, answers(5, email="awa5@example.org"), NOW, site=SITE)
    invite(registration_db, event, guest(6), now=LATER)
    return event.id


def move(staff: Any, **fields: str) -> tuple[str, str]:
    """What is asked before, and said after."""
    form = asked_first(staff.get(EDIT)) | fields
    shown = staff.post(EDIT, data=form).text
    people = shown.partition('name="told" value="')[2].partition('"')[0]
    more = {"confirm": "true", "tell": "yes", "told": people, "reason": fields.get("place", "")}
    return shown, staff.post(EDIT, data=form | more, follow_redirects=True).text


def news(db: Database) -> list[tuple[str, str, str, str]]:
    found = [one for one in facts(db) if "was" in one]
    return [(one["person"]["email"], one["was"]["place"], one["occasion"]["place"], one["reason"]) for one in found]


def news_round(db: Database) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(InvitationRound.id).where(InvitationRound.kind == "moved")).one()


def test_who_has_not_answered_is_told_of_another_place_once_and_nobody_else(
    staff: Any, registration_db: Database, meeting: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="closed"))  # its seats are given: who is invited is told still
    shown, said = move(staff, place="Albi")
    assert "3 personnes à prévenir" in shown
    assert "1 personne inscrite ou en attente" in shown
    assert "2 personnes invitées qui n’ont pas répondu" in shown
    assert "le nouvel agenda pour qui est inscrit ou convié, un nouveau lien pour les personnes invitées" in shown
    assert "3 personnes sont prévenues" in said
    assert (
        staff.post(f"/equipe/evenements/agora-2016/invitations/{news_round(registration_db)}/reprendre").status_code
        == 409
    )
    assert [leave(registration_db, NOW) for _ in range(2)] == [2, 0]
    at = ("Toulouse", "Albi", "Albi")
    assert sorted(news(registration_db)) == [("awa0@example.org", *at), ("awa1@example.org", *at)]
    assert [one["person"]["email"] for one in told_of(registration_db)] == ["awa5@example.org"]
    assert "Nouvelle date ou nouveau lieu" in staff.get("/equipe/evenements/agora-2016/invitations").text
    closed = staff.get(f"/invitation/{token(registration_db)}").text
    assert ("Je ne viendrai pas" in closed, 'value="Diop' in closed) == (True, False), "it can be said all the same"
    mail = next(one for one in facts(registration_db) if "was" in one)
    typed = registry.load(SENT, json.loads(json.dumps(mail)))
    text = render.render("event_invitation", registry.dump(SENT, typed)).text
    assert "Tant que les inscriptions sont ouvertes, le formulaire" in " ".join(text.split())
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="published"))
    form = staff.get(f"/invitation/{token(registration_db)}").text
    assert 'value="Diop' in form, "the link of this mail opens the form too"


def test_two_moves_before_the_worker_are_told_as_one_and_one_that_is_taken_back_not_at_all(
    staff: Any, registration_db: Database, meeting: uuid.UUID
) -> None:
    move(staff, place="Albi")
    move(staff, place="Rodez")
    assert leave(registration_db, NOW) == 2
    assert {one[1:] for one in news(registration_db)} == {("Toulouse", "Rodez", "Rodez")}
    move(staff, place="Albi")
    _shown, said = move(staff, place="Rodez")
    assert "2 personnes ne savaient rien" in said
    assert "1 personne est prévenue" in said, "who is registered knows Toulouse still"
    leave(registration_db, NOW)
    assert len(news(registration_db)) == 2


def test_who_is_not_to_be_told_is_not_and_a_meeting_that_is_over_tells_nobody(
    staff: Any, registration_db: Database, meeting: uuid.UUID
) -> None:
    form = asked_first(staff.get(EDIT)) | {"place": "Albi", "confirm": "true", "tell": "no"}
    assert staff.post(EDIT, data=form).status_code == 303
    move(staff, place="Rodez")
    with registration_db.transaction() as session:
        ends_at = session.get_one(Event, meeting).ends_at
        session.execute(sa.update(Event).values(state="published"))
        found = concerned(session, session.get_one(Event, meeting), ends_at)
        assert (found.registered, found.invited) == (1, 0)
    assert leave(registration_db, ends_at) == 0
    assert news(registration_db) == []


def test_the_window_of_a_calling_off_holds_for_who_is_invited_and_then_each_is_told_why(
    staff: Any, registration_db: Database, meeting: uuid.UUID
) -> None:
    move(staff, place="Albi")
    shown = staff.get(PAGE).text
    assert "3 personnes sont à prévenir" in shown
    assert "2 personnes invitées qui n’ont pas répondu" in shown
    why = {"reason": "La salle est fermée.", "reason_en": "The hall is closed.", "told": "3"}
    assert staff.post(PAGE, data=why).status_code == 303
    over = NOW + WINDOW

    def pass_by(now: dt.datetime) -> int:
        with registration_db.transaction() as session:
            calling_off.leave(session, now, site=SITE)
        return leave(registration_db, now)

    assert pass_by(over - dt.timedelta(seconds=1)) == 0
    assert [pass_by(over) for _ in range(3)] == [2, 0, 0]
    found = {one["person"]["email"]: one["reason"] for one in told(registration_db, OFF)}
    assert found == {"awa0@example.org": "La salle est fermée.", "awa1@example.org": "The hall is closed."}
    assert news(registration_db) == [], "told of this instead"
    assert leave(registration_db, over + WINDOW) == 0, "what was to leave does not"
    assert "awa6@example.org" not in states(registration_db, session_event(registration_db))
    page = staff.get("/equipe/evenements/agora-2016/invitations").text
    assert ("Annulation de la rencontre" in page, "attend la fin du délai" in page) == (True, False)


def session_event(db: Database) -> Event:
    with db.reading() as session:
        return session.scalars(sa.select(Event)).one()


def test_a_calling_off_that_is_taken_back_tells_nobody(
    staff: Any, registration_db: Database, meeting: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        calling_off.call_off(session, meeting, NOW, reason="Grève", who="test", told=3)
    with registration_db.transaction() as session:
        calling_off.take_back(session, meeting, NOW, who="test", site=SITE)
    with registration_db.transaction() as session:
        assert calling_off.leave(session, NOW + WINDOW, site=SITE) == 0
    assert leave(registration_db, LATER + WINDOW) == 1, "the mail that waited"
    assert told(registration_db, OFF) == []


def test_what_has_not_left_when_registrations_close_waits_and_may_be_taken_back_or_leaves_when_they_reopen(
    staff: Any,
    registration_db: Database,
    event: Event,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(invitations_leaving, "AT_ONCE", 1)

    def state(now: str) -> None:
        with registration_db.transaction() as session:
            session.execute(sa.update(Event).values(state=now))

    row = invite(registration_db, event, *(guest(number) for number in range(4)))
    assert leave(registration_db) == 1
    state("closed")
    assert leave(registration_db) == 0
    page = f"/equipe/evenements/agora-2016/invitations/{row}"
    assert "3 courriels attendent" in staff.get(page).text
    for shown in (page, "/equipe/evenements/agora-2016/invitations"):
        said = staff.get(shown).text
        assert ("attend que les inscriptions rouvrent" in said, "en train de partir" in said) == (True, False)
    state("published")
    assert leave(registration_db) == 1, "the rest leaves by itself"
    state("closed")
    assert staff.post(f"{page}/reprendre").status_code == 303
    assert "repris après 2 départs" in staff.get(page).text
    assert staff.post(f"{page}/reprendre").status_code == 303, "again changes nothing"
    state("published")
    assert (leave(registration_db), len(facts(registration_db))) == (0, 2)
    assert len(states(registration_db, event)) == 2, "who was not written to is not invited"
    with registration_db.reading() as session:
        kept = session.get_one(InvitationRound, row)
        assert (kept.left_at, kept.cancelled_at is None) == (None, False)
