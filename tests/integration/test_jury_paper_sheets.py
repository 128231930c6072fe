"""The last resort: sheets on paper, typed in twice by the secretary, marked so in the history."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries, rules, scoring
from services.jury.models import CellHistory, LateEntry, Round
from tests.jury_room import Room


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


@pytest.fixture
def staff(jury_client: Any, sign_in: Any) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def sheet(room: Room, juror: int, project: int) -> str:
    return f"/equipe/tours/{room.round_id}/papier/{room.jurors[juror]}/{room.projects[project]}"


def typing(page: Any, levels: list[str], **more: str) -> dict[str, str]:
    """What the secretary types into that page: the levels in order, and what the page carries along."""
    names = re.findall(r'name="([0-9a-f-]{36})"', page.text)
    assert len(names) == len(levels)
    before = html.unescape(re.search(r'name="before" value="([^"]*)"', page.text)[1])  # type: ignore[index]
    return dict(zip(names, levels, strict=True)) | {"before": before} | more


def test_two_equal_typings_become_the_sheet_and_the_history_says_paper(staff: Any, room: Room) -> None:
    printed = staff.get(f"/equipe/tours/{room.round_id}/papier/", query_string={"juror": str(room.jurors[0])})
    assert printed.text.count("<svg") >= 4
    address = sheet(room, 0, 1)
    first = staff.get(address)
    second = staff.post(address, data=typing(first, list("34000000")))
    assert "deuxième saisie" in second.text
    assert room.cells() == {}
    assert 'value="3"' not in second.text
    words = typing(second, list("34000000"), comment="Rien sur la suite.", feedback="")
    done = staff.post(address, data=words, follow_redirects=True)
    assert "La fiche papier est saisie" in done.text
    kept = {field: value for (_j, _p, field), (value, _v) in room.cells().items()}
    assert sorted(str(value) for value in kept.values()) == sorted([*"34000000", "Rien sur la suite."])
    with room.db.reading() as session:
        assert set(session.scalars(sa.select(CellHistory.source))) == {"paper"}
    entries = {(one["juror_id"], one["project_id"], one["field"]): one["value"] for one in room.history()}
    assert entries == {key: value for key, (value, _v) in rules.history_to_cells(room.history()).items()}


def test_typings_that_differ_keep_nothing_and_say_where(staff: Any, room: Room) -> None:
    address = sheet(room, 0, 0)
    second = staff.post(address, data=typing(staff.get(address), list("33333333")))
    answer = staff.post(address, data=typing(second, list("33433333"), comment="Rien sur la suite."))
    assert answer.status_code == 409
    again = staff.post(address, data=typing(answer, list("33333333"), comment="Rien sur la suite."))
    assert "Rien sur la suite.</textarea>" in again.text
    said = html.unescape(answer.text)
    assert "Les deux saisies diffèrent" in said
    assert "Partenariat et réciprocité. Rien n’est gardé" in said
    assert room.cells() == {}
    forged = typing(second, list("33333333")) | {"before": "{}.x"}
    assert "recommencez" in staff.post(address, data=forged).text
    wrong = staff.post(address, data=typing(staff.get(address), list("3333333") + ["9"]))
    assert (wrong.status_code, room.cells()) == (422, {})


def test_an_older_tablet_does_not_replace_paper_and_after_closing_paper_waits(staff: Any, room: Room) -> None:
    tablet = room.tablet(staff, 0)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    address = sheet(room, 0, 0)
    second = staff.post(address, data=typing(staff.get(address), list("33333333")))
    staff.post(address, data=typing(second, list("33333333")))
    (late,) = tablet.send(tablet.operation(room.projects[0], field, 5))
    assert (late["outcome"], late["value"]) == ("conflict", 3)
    room.recuse(1, 0)
    assert staff.get(sheet(room, 1, 0)).status_code == 303
    room.close()
    address = sheet(room, 2, 0)
    second = staff.post(address, data=typing(staff.get(address), [""] * 8, abstained="true"))
    staff.post(address, data=typing(second, [""] * 8, abstained="true"))
    with room.db.reading() as session:
        waiting = session.scalars(sa.select(LateEntry)).one()
    assert (waiting.field, waiting.value, waiting.client_time) == ("status", "abstained", "papier")


def test_a_sheet_with_levels_takes_back_an_abstention(staff: Any, room: Room) -> None:
    tablet = room.tablet(staff, 0)
    tablet.send(*(tablet.operation(project, "status", rules.ABSTAINED) for project in room.projects[:3]))

    def enter(project: int) -> None:
        address = sheet(room, 0, project)
        second = staff.post(address, data=typing(staff.get(address), list("33333333")))
        staff.post(address, data=typing(second, list("33333333"), feedback="Lu."))

    enter(0)
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        criteria = rules.criteria_of(this.frozen or {})
        found = queries.sheets(session, this)
        mine = [one for one in found if one.juror == str(room.jurors[0])]
        states = {one.project: scoring.state(criteria, one) for one in mine}
    assert [states[str(project)] for project in room.projects[:3]] == ["complete", "abstained", "abstained"]
    room.close()
    enter(1)
    with room.db.reading() as session:
        waiting = {one.field: one.value for one in session.scalars(sa.select(LateEntry))}
    assert (len(waiting), waiting["status"]) == (10, None)
    assert (
        'effacé</b><br><span class="small">au lieu de abstention'
        in staff.get(f"/equipe/tours/{room.round_id}/tardives").text
    )
