"""Who reads English finds criteria, sections and what eliminated a project in English, where somebody wrote it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Application, Minutes
from services.jury.use_cases import calls, signing
from shared import clock
from shared.messaging.tables import outbox
from tests.jury_room import WHO, Room, sign

LEVELS = "Non\nUn peu\nOui"
GRID = {
    "section-0": "Pertinence",
    "section_en-0": "Relevance",
    "least_points-0": "15",
    "title-0": "Besoin",
    "title_en-0": "Need",
    "weight-0": "20",
    "levels-0": LEVELS,
    "title-1": "Cible",
    "weight-1": "10",
    "minimum-1": "1",
    "levels-1": LEVELS,
}


@pytest.fixture
def staff(jury_client: Any, sign_in: Any) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


@pytest.fixture
def room(jury_db: Any, staff: Any) -> Room:
    room = Room(jury_db, opened=False)
    assert staff.post(f"/equipe/appels/{room.call_id}/grille/modifier", data=GRID).status_code == 303
    return room


def scored(room: Room, client: Any) -> None:
    """The first project is below the minimum of the section and of its second criterion; the second is not."""
    room.open()
    tablet = room.tablet(client)
    tablet.score(room.projects[0], [1, 0])
    tablet.score(room.projects[1], [2, 2])
    room.close()


def test_the_title_is_written_beside_the_french_one_and_both_pages_show_theirs(room: Room, staff: Any) -> None:
    assert 'value="Need"' in staff.get(f"/equipe/appels/{room.call_id}/grille/modifier").text
    with room.db.transaction() as session:
        calls.open_call(session, room.call_id, url="https://jury.example/", who=WHO, now=clock.now())
        assert [one.title_en for one in queries.criteria_of(session, room.call_id)] == ["Need", ""]
    titles = "<div>(Besoin|Need|Cible)<br>"
    assert re.findall(titles, staff.get(f"/appels/{room.call_id}").text) == ["Besoin", "Cible"]
    assert re.findall(titles, staff.get(f"/appels/{room.call_id}?lang=en", follow_redirects=True).text) == [
        "Need",
        "Cible",
    ]


def test_a_tablet_is_given_both_titles(room: Room, jury_client: Any) -> None:
    room.open()
    first, second = room.tablet(jury_client).pack()["grid"]["criteria"]
    assert (first["title"], first["title_en"]) == ("Besoin", "Need")
    assert "title_en" not in second


def test_the_minutes_are_signed_in_french_and_read_in_english(room: Room, staff: Any, jury_client: Any) -> None:
    scored(room, jury_client)
    staff.get("/?lang=en")
    at = f"/equipe/tours/{room.round_id}"
    reason = "Cible, Relevance (10.00 of 30, minimum 15)"
    assert reason in staff.get(f"{at}/proces-verbal").text
    assert sign(staff, room.round_id).status_code == 303
    page = staff.get(f"{at}/proces-verbal").text
    assert reason in page
    assert "chair of the jury" in page
    with room.db.reading() as session:
        content = session.scalars(sa.select(Minutes)).one().content
    out = next(one for one in content["ranking"] if one["eliminated_by"])
    assert out["eliminated_by"] == ["Cible", "Pertinence (10,00 sur 30, minimum 15)"]
    assert content["signatures"][0]["role"] == "présidence du jury"


def test_a_result_tells_the_sections_and_what_eliminated_in_the_language_of_the_bearer(
    room: Room, staff: Any, jury_client: Any
) -> None:
    scored(room, jury_client)
    sign(staff, room.round_id)
    with room.db.transaction() as session:
        session.execute(sa.insert(Application).values(**application(room)))
        signing.publish(session, room.round_id, who=WHO, now=clock.now())
    with room.db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.result.published.v1")
        told = {one["data"]["project_id"]: one["data"] for one in session.scalars(query)}
    english, french = (told[str(one)] for one in room.projects[:2])
    assert english["eliminated_by"] == ["Cible", "Relevance (10.00 of 30, minimum 15)"]
    assert [one["title"] for one in english["criteria"]] == ["Need", "Cible"]
    assert english["sections"] == [{"title": "Relevance", "mean": "10.00", "maximum": 30, "minimum": 15}]
    assert (french["eliminated_by"], french["sections"][0]["title"]) == ([], "Pertinence")
    assert [one["title"] for one in french["criteria"]] == ["Besoin", "Cible"]


def application(room: Room) -> dict[str, Any]:
    """Of the first project, by somebody who reads English."""
    now = clock.now()
    return {
        "id": room.projects[0],
        "call_id": room.call_id,
        "reference": "R1",
        "state": "accepted",
        "locale": "en",
        "content": {},
        "version": 1,
        "rulebook_version": 1,
        "filed": {},
        "filed_hash": "0" * 64,
        "filed_at": now,
        "project_id": room.projects[0],
        "created_at": now,
        "updated_at": now,
    }
