"""Links are suggested to the secretary and decided by nobody but her."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import DismissedLink, Juror, Project, Recusal
from services.jury.use_cases import calls, reviews
from shared import clock
from tests.jury_dossiers import SITE, WHO, add_filed, open_call
from tests.jury_room import Room

DOMAIN = "Même domaine de courriel que le porteur."


@pytest.fixture
def room(jury_db: Any, jury_client: Any, sign_in: Any) -> Room:
    """A jury of three, one of whom has the e-mail domain of all four bearers."""
    made = Room(jury_db)
    with jury_db.transaction() as session:
        session.get_one(Juror, made.jurors[1]).email = "bruno@asso.example"
    sign_in(jury_client, "secretary")
    return made


def page(client: Any, room: Room) -> str:
    return str(client.get(f"/equipe/appels/{room.call_id}/liens/").text)


def answer(client: Any, room: Room, what: str, project: int = 0) -> Any:
    data = {"juror": str(room.jurors[1]), "project": str(room.projects[project])}
    return client.post(f"/equipe/appels/{room.call_id}/liens/{what}", data=data)


def test_a_suggestion_decides_nothing(room: Room, jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    assert page(jury_client, room).count(DOMAIN) == 4
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Recusal)).all() == []
    sign_in(jury_client, "auditor")
    assert jury_client.get(f"/equipe/appels/{room.call_id}/liens/").status_code == 403


def test_a_link_that_is_confirmed_is_a_recusal_with_its_reason(room: Room, jury_db: Any, jury_client: Any) -> None:
    assert answer(jury_client, room, "noter").status_code == 303
    with jury_db.reading() as session:
        found = session.scalars(sa.select(Recusal)).one()
    assert (found.kind, found.note) == ("indirect", DOMAIN)
    assert page(jury_client, room).count(DOMAIN) == 3


def test_a_link_set_aside_stays_so_until_a_reason_is_new(room: Room, jury_db: Any, jury_client: Any) -> None:
    answer(jury_client, room, "ecarter")
    answer(jury_client, room, "ecarter")
    assert "1 suggestion écartée" in page(jury_client, room).replace("\u202f", " ")
    with jury_db.transaction() as session:
        project = session.get_one(Project, room.projects[0])
        session.get_one(Juror, room.jurors[1]).structure = project.structure
    assert "écartée<" not in page(jury_client, room)
    answer(jury_client, room, "ecarter")
    answer(jury_client, room, "reprendre")
    with jury_db.reading() as session:
        assert session.scalars(sa.select(DismissedLink)).all() == []


def test_what_was_never_suggested_cannot_be_answered(room: Room, jury_db: Any, jury_client: Any) -> None:
    data = {"juror": str(room.jurors[0]), "project": str(room.projects[0])}
    for what in ("noter", "ecarter", "reprendre"):
        where = f"/equipe/appels/{room.call_id}/liens/{what}"
        assert jury_client.post(where, data=data).status_code == 404
        assert jury_client.post(where, data={"juror": "x", "project": str(uuid.uuid4())}).status_code == 404
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Recusal)).all() == []


def test_an_application_is_asked_about_those_it_names(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    call_id = open_call(jury_db)
    (filed,) = add_filed(jury_db, call_id, {"board": "Aline Vidal, présidente", "income_label_9": "Ville de Lavaur"})
    jurors = (("Aline", "Vidal", ""), ("Bruno", "Castan", "Mairie de Lavaur"), ("Chloé", "Ferrié", "Ville d’Albi"))
    with jury_db.transaction() as session:
        reviews.accept(session, filed.id, site=SITE, who=WHO, now=clock.now())
        for first, last, structure in jurors:
            data = {"first_name": first, "last_name": last, "structure": structure}
            calls.add_juror(session, call_id, data, who=WHO, now=clock.now())
    sign_in(jury_client, "secretary")
    text = jury_client.get(f"/equipe/appels/{call_id}/liens/").text.replace("\u202f", " ")
    assert "parmi les dirigeants que le dossier nomme : « Aline Vidal »." in text
    assert "Sa structure ou sa collectivité cofinance : « Ville de Lavaur »." in text
    assert text.count("Noter le retrait") == 2
