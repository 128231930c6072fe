"""Sections of a grid on every page: written by the secretary, scored on the tablet, told with the result."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.minutes import Signer
from services.jury.models import Minutes, Round
from services.jury.use_cases import calls, signing
from shared import clock
from tests.jury_room import WHO, Room

LEVELS = "Non\nUn peu\nOui"
GRID = {
    "section-0": "Pertinence",
    "section_en-0": "Relevance",
    "least_points-0": "15",
    "title-0": "Besoin",
    "weight-0": "20",
    "levels-0": LEVELS,
    "title-1": "Cible",
    "weight-1": "10",
    "levels-1": LEVELS,
    "section-2": "Budget",
    "title-2": "Prix juste",
    "weight-2": "20",
    "levels-2": LEVELS,
}


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, opened=False)


@pytest.fixture
def staff(jury_client: Any, sign_in: Any) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def edit(staff: Any, room: Room, **changed: str) -> Any:
    return staff.post(f"/equipe/appels/{room.call_id}/grille/modifier", data=GRID | changed)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ").replace("&nbsp;", " ")


def test_a_section_is_written_once_and_read_back(staff: Any, room: Room) -> None:
    assert edit(staff, room).status_code == 303
    form = staff.get(f"/equipe/appels/{room.call_id}/grille/modifier").text
    assert 'value="Pertinence"' in form
    assert 'value="Relevance"' in form
    assert 'value="15"' in form
    with room.db.transaction() as session:
        calls.open_call(session, room.call_id, url="https://jury.example/", who=WHO, now=clock.now())
    page = plain(staff.get(f"/appels/{room.call_id}").text)
    assert "Pertinence, 15 points au moins" in page
    assert "plus basse que le minimum d’une section" in page


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"least_points-0": "31"}, "au plus la somme des poids"),
        ({"least_points-0": "0"}, "au plus la somme des poids"),
        ({"least_points-2": "beaucoup"}, "au plus la somme des poids"),
        ({"least_points-1": "5"}, "Répondez à cette question"),
        ({"section_en-1": "Alone"}, "Répondez à cette question"),
    ],
)
def test_a_minimum_that_cannot_be_is_refused_beside_what_was_typed(
    staff: Any, room: Room, changed: dict[str, str], told: str
) -> None:
    answer = edit(staff, room, **changed)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{next(iter(changed.values()))}"' in answer.text


def test_a_project_out_by_a_section_is_told_so_everywhere(staff: Any, room: Room, jury_client: Any) -> None:
    assert edit(staff, room).status_code == 303
    room.open()
    for juror in range(3):
        tablet = room.tablet(jury_client, juror)
        first, second, third = tablet.pack()["grid"]["criteria"]
        assert first["section"] == {"title": "Pertinence", "title_en": "Relevance", "minimum": 15}
        assert "section" not in second
        assert third["section"]["minimum"] is None
        tablet.score(room.projects[0], [1, 0, 2])  # 10 of 30, and everything for the budget
        tablet.score(room.projects[1], [2, 0, 0])  # 20 of 30
    room.close()
    at = f"/equipe/tours/{room.round_id}"
    reason = "Pertinence (10,00 sur 30, minimum 15)"
    assert reason in plain(staff.get(f"{at}/classement").text)
    assert "Relevance (10.00 of 30, minimum 15)" in staff.get(f"{at}/classement?lang=en", follow_redirects=True).text
    staff.get("/?lang=fr")
    words = plain(staff.get(f"{at}/mots/").text)
    assert "Section « Pertinence » : 10,00 sur 30, 15 points au moins" in words
    assert staff.get(f"{at}/rejeu.json").json["criteria"][0]["section"]["minimum"] == 15
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    with room.db.reading() as session:
        minutes = session.scalars(sa.select(Minutes)).one()
        first, second = minutes.content["ranking"][:2]
        assert (first["number"], first["eliminated_by"]) == (2, [])
        assert (second["number"], second["eliminated_by"], second["outcome"]) == (1, [reason], "not_selected")
        assert minutes.content["criteria"][0]["section"]["title"] == "Pertinence"
        assert session.get_one(Round, room.round_id).frozen["criteria"][1].get("section") is None
    assert reason in plain(staff.get(f"{at}/proces-verbal").text)


def test_paper_sheets_have_the_same_headings(staff: Any, room: Room) -> None:
    assert edit(staff, room).status_code == 303
    room.open()
    page = staff.get(f"/equipe/tours/{room.round_id}/papier/?juror={room.jurors[0]}")
    assert "Pertinence, 15 points au moins" in page.text
