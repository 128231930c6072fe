"""A section of a grid: what begins and ends one, what it is worth, and what it eliminates without moving a score."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.jury import recompute, replay, rules
from services.jury.presets import TRIBUNE_GRID
from services.jury.published_grids import GRIDS
from services.jury.scoring import Rule, Sheet, Standing, rank, shown
from services.jury.sections import sections_of

RELEVANCE = {"title": "Pertinence", "title_en": "Relevance", "minimum": 15}
DESIGN = {"title": "Conception", "title_en": "", "minimum": None}


def criterion(id: str, weight: int, most: int = 5, section: dict[str, Any] | None = None) -> dict[str, Any]:
    found = {"id": id, "title": id.upper(), "weight": weight, "max": most, "minimum": None, "comment_required_for": []}
    return found if section is None else found | {"section": section}


GRID = [criterion("a", 20, section=RELEVANCE), criterion("b", 10), criterion("c", 20, 10, section=DESIGN)]
FROZEN: dict[str, Any] = {"criteria": GRID, "rulebook": {"minimum_readings": 1}}


def standings(sheets: list[Sheet], frozen: dict[str, Any] = FROZEN) -> dict[str, Standing]:
    projects = sorted({sheet.project for sheet in sheets})
    return {s.project: s for s in rank(rules.criteria_of(frozen), rules.rule_of(frozen, "seed"), projects, sheets)}


def test_a_section_runs_until_the_next_one_begins() -> None:
    first, second = sections_of(GRID)
    assert (first.criteria, first.most, first.minimum) == (("a", "b"), 30, 15)
    assert (second.criteria, second.most, second.minimum) == (("c",), 20, None)
    assert sections_of([criterion("x", 1), criterion("y", 1)]) == []


def test_a_grid_frozen_before_there_were_sections_is_read_as_it_was() -> None:
    old = {"criteria": [criterion("a", 20)], "rulebook": {"minimum_readings": 1}}
    assert rules.rule_of(old, "s") == Rule(tie_criteria=("a",), seed="s")
    assert standings([Sheet("j", "p", {"a": 0})], old)["p"].sections == {}


def test_a_project_below_the_points_of_a_section_is_out_with_the_reason() -> None:
    # a: 2/5 of 20 = 8, b: 3/5 of 10 = 6 → 14 of 30, and 15 are asked for; c saves nothing.
    out = standings([Sheet("j", "low", {"a": 2, "b": 3, "c": 10}), Sheet("j", "just", {"a": 3, "b": 2, "c": 0})])
    assert (out["low"].sections, out["low"].eliminated) == ({"section:a": 14, "section:c": 20}, True)
    assert out["low"].eliminated_by == ("section:a",)
    assert (out["just"].sections["section:a"], out["just"].eliminated) == (16, False)
    assert (out["just"].rank, out["low"].rank) == (1, 2)
    assert rules.why(out["low"], FROZEN) == ["Pertinence (14,00 sur 30, minimum 15)"]


def test_the_mean_of_the_jury_decides_exactly() -> None:
    thirds = [Sheet("j1", "p", {"a": 3, "b": 1, "c": 0}), Sheet("j2", "p", {"a": 3, "b": 2, "c": 0})]
    assert standings(thirds)["p"].sections["section:a"] == 15
    assert not standings(thirds)["p"].eliminated
    below = [*thirds, Sheet("j3", "p", {"a": 2, "b": 3, "c": 0})]
    assert standings(below)["p"].sections["section:a"] == Fraction(44, 3)
    assert standings(below)["p"].eliminated


def test_another_weight_on_the_desk_keeps_the_share_that_is_asked() -> None:
    # Half of the section is asked for: at double weights, half is 30 of 60.
    criteria = [c if c.id == "c" else type(c)(c.id, 2 * c.weight, c.maximum) for c in rules.criteria_of(FROZEN)]
    (found,) = rank(criteria, rules.rule_of(FROZEN, ""), ["p"], [Sheet("j", "p", {"a": 3, "b": 2, "c": 0})])
    assert (found.sections["section:a"], found.eliminated) == (32, False)


levels = st.fixed_dictionaries({"a": st.integers(0, 5), "b": st.integers(0, 5), "c": st.integers(0, 10)})
rooms = st.lists(st.tuples(st.sampled_from("pqr"), levels), min_size=1, max_size=12).map(
    lambda given: [Sheet(f"j{index}", project, values) for index, (project, values) in enumerate(given)]
)
minimums = st.none() | st.integers(1, 30)


def with_sections(first: int | None, second: int | None) -> dict[str, Any]:
    grid = [GRID[0] | {"section": RELEVANCE | {"minimum": first}}, GRID[1]]
    return FROZEN | {"criteria": [*grid, GRID[2] | {"section": DESIGN | {"minimum": second and min(second, 20)}}]}


@given(rooms, minimums, minimums)
def test_a_section_never_changes_a_score(sheets: list[Sheet], first: int | None, second: int | None) -> None:
    plain = FROZEN | {"criteria": [{k: v for k, v in c.items() if k != "section"} for c in GRID]}
    without, found = standings(sheets, plain), standings(sheets, with_sections(first, second))
    assert {p: (s.score, s.means, s.variance, s.readings) for p, s in found.items()} == {
        p: (s.score, s.means, s.variance, s.readings) for p, s in without.items()
    }
    assert all(sum(s.sections.values()) == 50 * (s.score or 0) / 20 for s in found.values())


@given(rooms, st.integers(1, 30), st.data())
def test_a_higher_level_never_eliminates_and_a_higher_minimum_never_saves(
    sheets: list[Sheet], minimum: int, data: st.DataObject
) -> None:
    before = standings(sheets, with_sections(minimum, None))
    at = data.draw(st.integers(0, len(sheets) - 1))
    better = {k: data.draw(st.integers(v, 10 if k == "c" else 5)) for k, v in sheets[at].values.items()}
    raised = [*sheets[:at], Sheet(sheets[at].juror, sheets[at].project, better), *sheets[at + 1 :]]
    after = standings(raised, with_sections(minimum, None))
    assert all(before[p].eliminated or not after[p].eliminated for p in before)
    stricter = standings(sheets, with_sections(min(30, minimum + data.draw(st.integers(0, 29))), None))
    assert all(stricter[p].eliminated or not before[p].eliminated for p in before)


@given(rooms)
def test_whoever_holds_the_export_finds_the_same_eliminations(sheets: list[Sheet]) -> None:
    projects = sorted({sheet.project for sheet in sheets})
    found = rank(rules.criteria_of(FROZEN), rules.rule_of(FROZEN, "seed"), projects, sheets)
    document = replay.export(FROZEN, "seed", [(p, i, p) for i, p in enumerate(projects, 1)], sheets, found)
    again, same = replay.recompute(json.loads(json.dumps(document)))
    assert same
    assert [s.eliminated_by for s in again] == [s.eliminated_by for s in found]


def test_the_command_says_which_section_eliminated(tmp_path: Any, capsys: Any) -> None:
    sheets = [Sheet("j", "p", {"a": 2, "b": 3, "c": 10})]
    found = rank(rules.criteria_of(FROZEN), rules.rule_of(FROZEN, ""), ["p"], sheets)
    file = tmp_path / "replay.json"
    file.write_text(json.dumps(replay.export(FROZEN, "", [("p", 1, "Projet")], sheets, found)), encoding="utf-8")
    assert recompute.rank([str(file)]) == 0
    assert "(eliminated: Relevance (14.00 of 30, minimum 15))" in capsys.readouterr().out


def test_the_published_grids_have_their_sections() -> None:
    parts = {name: [(s.title, s.most, s.minimum) for s in sections_of(_frozen(name))] for name in GRIDS}
    assert parts["eu_cross_border"] == [("Section éliminatoire", 30, 15), ("Reste de la pertinence", 20, None)]
    assert parts["eu_concept_note"] == [("Pertinence", 30, None), ("Conception de l’action", 20, None)]
    assert parts["uemoa"][0] == ("Pertinence", 25, None)
    assert parts["acp_culture"] == [], "five criteria, which nothing groups"
    assert all(s.title_en for name in GRIDS for s in sections_of(_frozen(name)))
    assert all(one["title_en"] for grid in [TRIBUNE_GRID, *map(_frozen, GRIDS)] for one in grid)
    assert shown(Fraction(15)) == "15,00"


def _frozen(name: str) -> list[dict[str, Any]]:
    return [one | {"id": str(at)} for at, one in enumerate(GRIDS[name]["criteria"])]
