"""Projects that the secretary types one by one, and puts right."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import project_import
from services.jury.models import Project
from services.jury.use_cases import calls
from shared import audit, clock
from tests.jury_room import Room

TYPED = {
    "title": "Mil de Casamance",
    "structure": "Asso Mil",
    "bearer_email": "lea@mil.example",
    "country": "SN",
    "department": "9",
    "language": "pt",
    "summary": "Une filière.",
}

LISTS = ("country", "language")


@pytest.fixture
def room(jury_db: Any, jury_client: Any, sign_in: Any) -> Room:
    sign_in(jury_client, "secretary")
    return Room(jury_db, ["Un seul"])


def where(room: Room, end: str = "nouveau") -> str:
    return f"/equipe/appels/{room.call_id}/projets/{end}"


def test_a_project_is_typed_and_put_right(room: Room, jury_client: Any, jury_db: Any) -> None:
    assert jury_client.post(where(room), data=TYPED).status_code == 303
    with jury_db.reading() as session:
        added = session.scalars(sa.select(Project).where(Project.number == 2)).one()
    assert (added.title, added.country, added.department, added.language) == ("Mil de Casamance", "SN", "09", "pt")
    page = jury_client.get(where(room, str(added.id))).text
    assert 'value="Asso Mil"' in page
    jury_client.post(where(room, str(added.id)), data=TYPED | {"title": "Sorgho de Casamance"})
    with jury_db.reading() as session:
        titles = session.scalars(sa.select(Project.title).order_by(Project.number)).all()
    assert titles == ["Un seul", "Sorgho de Casamance"]


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"bearer_email": "lea@"}, {"country": "ZZ"}, {"department": "abc"}, {"language": "xx"}],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(wrong: dict[str, str], room: Room, jury_client: Any) -> None:
    answer = jury_client.post(where(room), data=TYPED | {"summary": "Un long résumé"} | wrong)
    assert answer.status_code == 422
    assert "Un long résumé" in answer.text
    assert room.count(Project) == 1


def test_a_closed_round_takes_no_project(room: Room, jury_client: Any) -> None:
    room.close()
    answer = jury_client.post(where(room), data=TYPED)
    assert answer.status_code == 422
    assert "Le tour est clos" in answer.text
    assert room.count(Project) == 1


def test_a_place_and_a_language_that_no_list_offers_survive_another_correction(
    room: Room, jury_client: Any, jury_db: Any
) -> None:
    """A file may name any region by its ISO code, and a language that the form does not list."""
    file = "Numéro;Titre;Structure;Courriel;Pays;Langue\n1;Un seul;Asso;lea@asso.example;MX-OAX;russe\n"
    with jury_db.transaction() as session:
        calls.import_projects(session, room.call_id, project_import.read(file.encode()).rows, who="x", now=clock.now())
    page = jury_client.get(where(room, str(room.projects[0]))).text
    shown = {name: re.search(rf'name="{name}".*?<option value="([^"]*)" selected', page, re.S) for name in LISTS}
    sent = {name: found[1] if found else "" for name, found in shown.items()}
    assert jury_client.post(where(room, str(room.projects[0])), data=TYPED | sent).status_code == 303
    with jury_db.reading() as session:
        kept = session.get_one(Project, room.projects[0])
    assert (kept.title, kept.country, kept.language) == ("Mil de Casamance", "MX-OAX", "ru")


def test_a_file_without_a_column_leaves_what_that_column_said(room: Room, jury_db: Any) -> None:
    head = "Numéro;Titre;Structure;Courriel"
    for file in (
        f"{head};Pays;Résumé\n1;Un seul;Asso;lea@asso.example;SN;Un puits.\n",
        f"{head};Résumé\n1;Un autre titre;Asso;lea@asso.example;\n2;Neuf;Asso;lea@asso.example;\n",
    ):
        rows = project_import.read(file.encode()).rows
        with jury_db.transaction() as session:
            calls.import_projects(session, room.call_id, rows, who="x", now=clock.now())
    with jury_db.reading() as session:
        found = session.scalars(sa.select(Project).order_by(Project.number)).all()
    assert [(one.title, one.country, one.summary) for one in found] == [("Un autre titre", "SN", ""), ("Neuf", "", "")]


def test_what_was_put_right_is_in_the_journal(room: Room, jury_client: Any, jury_db: Any) -> None:
    project = str(room.projects[0])
    for _again in range(2):
        jury_client.post(where(room, project), data=TYPED)
    with jury_db.reading() as session:
        (entry,) = audit.history(session, "project", project)
    assert (entry.before["title"], entry.after["title"]) == ("Un seul", "Mil de Casamance")
    assert entry.after["bearer_email"] == "lea@mil.example"


def test_two_secretaries_put_one_project_right(room: Room, jury_client: Any, jury_db: Any) -> None:
    project = str(room.projects[0])

    def seen(page: Any) -> dict[str, str]:
        return {"seen": re.search(r'name="seen" value="([^"]*)"', page.text)[1]}  # type: ignore[index]

    read = seen(jury_client.get(where(room, project)))
    assert jury_client.post(where(room, project), data=TYPED | read).status_code == 303
    mine = TYPED | {"title": "Un autre titre", "summary": "Mon résumé"}
    # An empty title in between does not make the other's words read.
    read = seen(jury_client.post(where(room, project), data=mine | read | {"title": ""}))
    refused = jury_client.post(where(room, project), data=mine | read)
    assert refused.status_code == 409
    assert "« Mil de Casamance »" in refused.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Mon résumé" in refused.text
    with jury_db.reading() as session:
        assert session.get_one(Project, room.projects[0]).title == "Mil de Casamance"
    assert jury_client.post(where(room, project), data=mine | seen(refused)).status_code == 303


def test_what_only_one_of_two_wrote_stays(room: Room, jury_client: Any, jury_db: Any) -> None:
    project = str(room.projects[0])
    jury_client.post(where(room, project), data=TYPED | {"summary": ""})
    page = jury_client.get(where(room, project)).text
    read = {"seen": re.search(r'name="seen" value="([^"]*)"', page)[1]}  # type: ignore[index]
    theirs, mine = {"summary": "", "title": "Un autre titre"}, {"summary": "Mon résumé"}
    assert jury_client.post(where(room, project), data=TYPED | theirs | read).status_code == 303
    assert jury_client.post(where(room, project), data=TYPED | mine | read).status_code == 303
    with jury_db.reading() as session:
        kept = session.get_one(Project, room.projects[0])
    assert (kept.title, kept.summary) == ("Un autre titre", "Mon résumé")
