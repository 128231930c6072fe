"""The menu of a call: few groups, the pages of one of them, and the place where we are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.jury_room import Room


@pytest.fixture
def room(jury_db: Any, jury_client: Any, sign_in: Any) -> Room:
    sign_in(jury_client, "secretary")
    return Room(jury_db, opened=False)


def current(page: str) -> list[str]:
    menu = page[page.index('class="sub"') : page.index("<main")]
    return [word.strip() for word in re.findall(r'aria-current="(?:page|true)">([^<]*)<', menu)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("appels/{call}", ["L’appel", "Où en est-on"]),
        ("appels/{call}/projets", ["L’appel", "Projets"]),
        ("appels/{call}/jury", ["Jury", "Membres"]),
        ("appels/{call}/jury/{juror}/", ["Jury", "Membres"]),
        ("appels/{call}/liens/", ["Jury", "Liens possibles"]),
        ("tours/{round}/lectures/", ["Jury", "Lectures"]),
        ("tours/{round}/salle/", ["Séance", "Salle"]),
        ("tours/{round}/ouvrir", ["L’appel", "Où en est-on"]),
        ("tours/{round}/tablettes", ["Séance", "Tablettes"]),
        ("tours/{round}/classement", ["Décision", "Classement"]),
        ("tours/{round}/aides/", ["Décision", "Aides"]),
    ],
)
def test_the_menu_says_where_we_are(path: str, expected: list[str], room: Room, jury_client: Any) -> None:
    where = path.format(call=room.call_id, round=room.round_id, juror=room.jurors[0])
    answer = jury_client.get(f"/equipe/{where}")
    assert answer.status_code == 200, where
    assert current(answer.text) == expected
