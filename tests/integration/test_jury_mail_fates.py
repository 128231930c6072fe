"""Mails of a call that did not arrive: no result is overlooked, and it goes again to who lacks it alone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.handlers import handlers
from services.jury.models import Award, Juror, MailFate, Project
from services.jury.queries.mails import FATES, unreached
from services.jury.use_cases import awards, erasing
from shared import audit, clock
from shared.db import new_id
from shared.messaging.tables import outbox
from shared.web import mail_words
from tests.integration import test_jury_results as rounds
from tests.jury_room import PROJECTS, WHO, Room
from tests.mail_facts import tell

RESULT = "jury.result.published.v1"
OFFERED = "jury.award.offered.v1"
CHANGED = "jury.award.changed.v1"


@pytest.fixture
def room(jury_db: Any, jury_client: Any, sign_in: Any) -> Room:
    """Decided, signed, published; the secretary signed in."""
    room = rounds.scored(Room(jury_db), jury_client)
    rounds.ask(room)
    rounds.decide(room)
    rounds.sign(room)
    rounds.publish(room)
    sign_in(jury_client, "secretary")
    return room


def told(room: Room, state: str, about: uuid.UUID, template: str = "jury_result", **more: Any) -> uuid.UUID:
    message: uuid.UUID = more.pop("message", None) or new_id()
    tell(room.db, handlers, state, about, template, at=clock.now(), message=message, **more)
    return message


def written(room: Room, type: str) -> list[tuple[str, str]]:
    """Title and address of each mail of that type that is owed."""
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == type).order_by(outbox.c.id)
        facts = [row[0]["data"] for row in session.execute(query)]
    return [(one["project_title"], one["person"]["email"]) for one in facts]


def test_a_result_that_came_back_cannot_be_overlooked(room: Room, jury_client: Any) -> None:
    told(room, "bounced", room.projects[1])
    for page in (f"/equipe/appels/{room.call_id}", f"/equipe/tours/{room.round_id}/proces-verbal"):
        assert f"/equipe/appels/{room.call_id}/courriels" in jury_client.get(page).text
    page = jury_client.get(f"/equipe/appels/{room.call_id}/courriels").text
    assert PROJECTS[1] in page
    assert "l’adresse n’existe pas" in page
    assert PROJECTS[0] not in page


def test_a_result_without_an_answer_is_no_failure(room: Room) -> None:
    told(room, "unknown", room.projects[1])
    with room.db.reading() as session:
        (mail,) = FATES.of(session, [room.projects[1]])
        assert unreached(session, room.call_id) == []
    assert mail_words.said([mail], FATES)[0].state == "envoyé, sans réponse du serveur"


def test_it_goes_again_to_another_address_and_to_nobody_else(room: Room, jury_client: Any) -> None:
    before = written(room, RESULT)
    message = told(room, "bounced", room.projects[1])
    where = f"/equipe/appels/{room.call_id}/courriels"
    refused = jury_client.post(f"{where}/{message}/renvoyer", data={"email": "pas une adresse"})
    assert refused.status_code == 422
    assert 'value="pas une adresse"' in refused.text, "what was typed stays"
    assert jury_client.post(f"{where}/{message}/renvoyer", data={"email": "juste@asso.example"}).status_code == 303
    assert written(room, RESULT) == [*before, (PROJECTS[1], "juste@asso.example")]
    assert jury_client.post(f"{where}/{message}/renvoyer", data={"email": "juste@asso.example"}).status_code == 404
    assert len(written(room, RESULT)) == len(before) + 1, "a second click writes to nobody"
    assert "Rien ne manque" in jury_client.get(where).text
    with room.db.reading() as session:
        assert session.get_one(Project, room.projects[1]).bearer_email == "juste@asso.example"
        (entry,) = (one for one in audit.history(session, "project", room.projects[1]) if one.what.startswith("corr"))
        assert entry.after == {"bearer_email": "juste@asso.example"}


def test_what_was_told_in_another_way_is_settled_and_noted(room: Room, jury_client: Any, sign_in: Any) -> None:
    with room.db.reading() as session:
        juror = session.scalars(sa.select(Juror.id)).first()
    assert juror
    message = told(room, "refused", juror, "juror_invited", reason="mailbox-full", verdict="keep")
    where = f"/equipe/appels/{room.call_id}/courriels"
    assert "la boîte est pleine" in jury_client.get(where).text
    assert "non arrivé" in jury_client.get(f"/equipe/appels/{room.call_id}/jury/{juror}/").text
    sign_in(jury_client, "auditor")
    assert jury_client.post(f"{where}/{message}/regle").status_code == 403
    sign_in(jury_client, "secretary")
    assert jury_client.post(f"{where}/{message}/regle").status_code == 303
    assert "Rien ne manque" in jury_client.get(where).text


def test_settling_one_mail_leaves_the_others_about_the_same_project(room: Room, jury_client: Any) -> None:
    told(room, "bounced", room.projects[1])
    slot = told(room, "bounced", room.projects[1], "slot_told")
    where = f"/equipe/appels/{room.call_id}/courriels"
    assert "Horaire de passage" in jury_client.get(where).text
    jury_client.post(f"{where}/{slot}/regle")
    left = jury_client.get(where).text
    assert "Horaire de passage" not in left
    assert "Renvoyer le résultat" in left


def test_another_calls_mail_is_not_this_calls_business(room: Room, jury_client: Any) -> None:
    told(room, "bounced", uuid.uuid4())
    assert "Rien ne manque" in jury_client.get(f"/equipe/appels/{room.call_id}/courriels").text


def test_it_goes_with_who_it_is_about(room: Room) -> None:
    told(room, "bounced", room.projects[0])
    with room.db.transaction() as session:
        erasing.forget_bearer(session, session.get_one(Project, room.projects[0]))
        assert session.scalar(sa.select(sa.func.count()).select_from(MailFate)) == 0


def test_a_published_sum_that_changes_is_asked_about_and_told_to_its_bearer_once(room: Room, jury_client: Any) -> None:
    with room.db.reading() as session:
        award = session.scalars(sa.select(Award).where(Award.project_id == room.projects[1])).one()
    where = f"/equipe/tours/{room.round_id}/aides/{award.id}/montant"
    asked = jury_client.post(where, data={"amount": "3 000", "seen": award.amount})
    assert "un courriel le dit à" in asked.text
    assert written(room, CHANGED) == [], "asking tells nobody"
    form = {"amount": "3 000", "seen": award.amount, "tell": "1"}
    assert jury_client.post(where, data=form).status_code == 303
    assert jury_client.post(where, data=form).status_code == 422, "a second click finds another sum"
    assert [title for title, _email in written(room, CHANGED)] == [PROJECTS[1]]
    with room.db.reading() as session:
        fact = session.execute(sa.select(outbox.c.envelope).where(outbox.c.type == CHANGED)).scalar_one()["data"]
    assert (fact["was"]["cents"], fact["amount"]["cents"]) == (award.amount, 300_000)
    same = {"amount": "3 000", "seen": 300_000, "tell": "1"}
    assert jury_client.post(where, data=same).status_code == 303
    assert len(written(room, CHANGED)) == 1, "nothing changed, nobody is written to"


def test_a_sum_that_becomes_nothing_says_where_the_project_stands(room: Room, jury_client: Any) -> None:
    with room.db.reading() as session:
        award = session.scalars(sa.select(Award).where(Award.amount > 0).order_by(Award.rank)).first()
    assert award
    where = f"/equipe/tours/{room.round_id}/aides/{award.id}/montant"
    asked = jury_client.post(where, data={"amount": "0", "seen": award.amount}).text
    assert "le projet n’est plus retenu" in asked, "the reserve list of one is full"
    assert jury_client.post(where, data={"amount": "0", "seen": award.amount, "tell": "1"}).status_code == 303
    with room.db.reading() as session:
        fact = session.execute(sa.select(outbox.c.envelope).where(outbox.c.type == CHANGED)).scalar_one()["data"]
    assert fact["reserve"] is False


def test_an_offer_goes_again_with_the_result_only_where_it_did_not_arrive_either(room: Room, jury_client: Any) -> None:
    where = f"/equipe/appels/{room.call_id}/courriels"
    with room.db.transaction() as session:
        first = session.scalars(sa.select(Award.id).where(Award.rank == 1)).one()
        (offered,) = awards.withdraw(session, room.round_id, first, who=WHO, now=clock.now())

    def again(email: str) -> None:
        message = told(room, "bounced", room.projects[1])
        assert jury_client.post(f"{where}/{message}/renvoyer", data={"email": email}).status_code == 303

    sent = written(room, OFFERED)
    assert len(sent) == 1
    told(room, "accepted", offered.id, "award_offered")
    again("juste@asso.example")
    assert written(room, OFFERED) == sent
    told(room, "bounced", offered.id, "award_offered")
    again("autre@asso.example")
    assert written(room, OFFERED) == [*sent, (PROJECTS[1], "autre@asso.example")]
    with room.db.reading() as session:
        assert unreached(session, room.call_id) == []
