"""A juror may compare their own severity with the group's, privately, once the round is closed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from services.jury.own_severity import Beside, beside
from services.jury.scoring import Criterion, Sheet
from tests.jury_room import Room

ONE = [Criterion("c", weight=1, maximum=20)]


def sheet(juror: str, project: str, level: int | None, **more: Any) -> Sheet:
    return Sheet(juror, project, {} if level is None else {"c": level}, **more)


def test_it_is_the_mean_of_the_differences_with_the_mean_of_the_others() -> None:
    sheets = [sheet("me", p, 14) for p in "abc"]
    sheets += [sheet(other, p, level) for other, level in (("x", 10), ("y", 13)) for p in "abc"]
    assert beside(ONE, sheets, "me") == Beside(Fraction(5, 2), 3)
    assert beside(ONE, sheets, "x") == Beside(Fraction(-7, 2), 3)


def test_what_one_other_juror_gave_is_never_told() -> None:
    sheets = [sheet(juror, p, 10) for juror in ("me", "x") for p in "abcd"]
    assert beside(ONE, sheets, "me") is None


def test_only_complete_sheets_of_who_may_read_are_compared() -> None:
    sheets = [sheet(juror, p, 10) for juror in ("me", "x", "y") for p in "abc"]
    more = [sheet("z", "a", 20, recused=True), sheet("z", "b", None), sheet("me", "d", 20)]
    assert beside(ONE, sheets + more, "me") == Beside(Fraction(0), 3)


def test_a_tablet_is_told_after_the_closing_and_only_of_itself(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    mine, *others = tablets = [room.tablet(jury_client, juror) for juror in range(3)]
    size = len(mine.pack()["grid"]["criteria"])
    for tablet, level in zip(tablets, (5, 3, 4), strict=True):
        for project in room.projects:
            tablet.score(project, [level] * size)
    early = jury_client.get("/api/tablet/beside", headers=mine.headers)
    assert (early.status_code, early.json["code"]) == (409, "round-open")
    room.close()
    told = [jury_client.get("/api/tablet/beside", headers=one.headers).json for one in (mine, *others)]
    assert [(one["difference"], one["projects"]) for one in told] == [(600, 4), (-600, 4), (0, 4)]
    assert jury_client.get("/api/tablet/beside").status_code == 401


def test_too_little_to_compare_is_said(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    room.close()
    assert jury_client.get("/api/tablet/beside", headers=tablet.headers).json == {"difference": None, "projects": 0}
