"""The official score and ranking, on hand-worked cases and on properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury import rules
from services.jury.scoring import Criterion, Rule, Sheet, rank, sheet_score, shown, state

A = Criterion("a", weight=15, maximum=5)
B = Criterion("b", weight=20, maximum=5, minimum=2)
GRID = [A, B]
TIES = Rule(tie_criteria=("a", "b"), seed="2016")


def sheet(juror: str, project: str, a: int | None, b: int | None, **more: bool) -> Sheet:
    return Sheet(juror, project, {k: v for k, v in (("a", a), ("b", b)) if v is not None}, **more)


def test_sheet_score_is_the_weighted_share_on_20() -> None:
    # 20 · (15 · 3/5 + 20 · 4/5) / 35 = 20 · 25/35
    assert sheet_score(GRID, {"a": 3, "b": 4}) == Fraction(100, 7)
    assert sheet_score(GRID, {"a": 0, "b": 0}) == 0
    assert sheet_score(GRID, {"a": 5, "b": 5}) == 20


def test_criteria_with_different_scales_weigh_by_share_of_their_maximum() -> None:
    grid = [Criterion("x", 1, 5), Criterion("y", 3, 20)]
    assert sheet_score(grid, {"x": 5, "y": 10}) == Fraction(20 * (1 + Fraction(3, 2)), 4)


def test_a_sheet_with_a_hole_has_no_score() -> None:
    assert sheet_score(GRID, {"a": 5}) is None
    assert sheet_score(GRID, {}) is None


@pytest.mark.parametrize("value", [-1, 6])
def test_a_level_outside_the_scale_raises(value: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        sheet_score(GRID, {"a": value, "b": 1})


def test_the_four_kinds_of_no_score_differ_from_the_lowest_score() -> None:
    assert state(GRID, sheet("j", "p", 0, 0)) == "complete"
    assert state(GRID, sheet("j", "p", None, None)) == "missing"
    assert state(GRID, sheet("j", "p", 3, None)) == "partial"
    assert state(GRID, sheet("j", "p", 3, 3, abstained=True)) == "abstained"
    assert state(GRID, sheet("j", "p", 3, 3, abstained=True, recused=True)) == "recused"


def test_missing_is_not_zero() -> None:
    sheets = [sheet("j1", "p", 5, 5), sheet("j2", "p", 5, None), sheet("j3", "p", None, None)]
    (standing,) = rank(GRID, TIES, ["p"], sheets)
    assert standing.score == 20
    assert standing.readings == 1
    nobody = {"uncommented": 0, "abstained": 0, "recused": 0}
    assert standing.counts == {"complete": 1, "partial": 1, "missing": 1, **nobody}


def test_a_sheet_that_lacks_a_required_comment_is_not_complete_and_does_not_count() -> None:
    grid = [Criterion("a", 1, 5, commented=(0, 1)), Criterion("b", 1, 5)]
    low = Sheet("j1", "p", {"a": 1, "b": 5})
    explained = Sheet("j1", "p", {"a": 1, "b": 5}, commented=True)
    assert (state(grid, low), state(grid, explained)) == ("uncommented", "complete")
    assert state(grid, Sheet("j1", "p", {"a": 2, "b": 0})) == "complete"  # b asks for nothing, even at its lowest
    assert state(grid, Sheet("j1", "p", {"a": 1})) == "partial"
    assert state(grid, Sheet("j1", "p", {"a": 1, "b": 5}, abstained=True)) == "abstained"
    other = Sheet("j2", "p", {"a": 5, "b": 5})
    (without,), (whole,) = rank(grid, TIES, ["p"], [low, other]), rank(grid, TIES, ["p"], [explained, other])
    assert (without.score, without.readings, without.counts["uncommented"]) == (20, 1, 1)
    assert (whole.score, whole.readings) == (16, 2)


def test_required_comments_decide_only_in_rounds_opened_under_that_rule() -> None:
    criterion = {"id": "a", "weight": 1, "max": 5, "minimum": None, "comment_required_for": [0]}
    before, since = {"criteria": [criterion]}, {"criteria": [criterion], "comments_count": True}
    assert [rules.criteria_of(frozen)[0].commented for frozen in (before, since)] == [(), (0,)]


def test_spread_and_range_come_with_the_mean() -> None:
    sheets = [sheet("j1", "p", 5, 5), sheet("j2", "p", 0, 0)]
    (standing,) = rank(GRID, TIES, ["p"], sheets)
    assert (standing.score, standing.lowest, standing.highest) == (10, 0, 20)
    assert standing.variance == 200
    assert standing.means == {"a": Fraction(5, 2), "b": Fraction(5, 2)}


def test_an_eliminatory_minimum_puts_a_project_after_every_other() -> None:
    sheets = [sheet("j", "high", 5, 1), sheet("j", "low", 0, 2)]
    first, second = rank(GRID, TIES, ["high", "low"], sheets)
    assert (first.project, second.project) == ("low", "high")
    assert second.eliminated_by == ("b",)
    assert first.score is not None
    assert second.score is not None
    assert second.score > first.score


def test_a_minimum_total_eliminates_too() -> None:
    rule = Rule(minimum_total=Fraction(10), tie_criteria=("a", "b"))
    (standing,) = rank(GRID, rule, ["p"], [sheet("j", "p", 2, 2)])
    assert standing.score == 8
    assert standing.below_minimum


def test_who_just_reaches_a_minimum_is_not_eliminated() -> None:
    rule = Rule(minimum_total=Fraction(8), tie_criteria=("a", "b"))
    (standing,) = rank([Criterion("a", 1, 5, minimum=2), Criterion("b", 1, 5)], rule, ["p"], [sheet("j", "p", 2, 2)])
    assert (standing.score, standing.eliminated) == (8, False)


def test_too_few_readings_give_no_official_score() -> None:
    (standing,) = rank(GRID, Rule(minimum_readings=2), ["p"], [sheet("j", "p", 2, 2)])
    assert standing.score is None
    assert standing.rank is None
    assert standing.readings == 1


def test_equal_scores_are_told_apart_by_the_declared_order_of_criteria() -> None:
    grid = [Criterion("a", 1, 5), Criterion("b", 1, 5)]
    sheets = [Sheet("j", "p1", {"a": 2, "b": 4}), Sheet("j", "p2", {"a": 4, "b": 2})]
    by_a = rank(grid, Rule(tie_criteria=("a", "b")), ["p1", "p2"], sheets)
    by_b = rank(grid, Rule(tie_criteria=("b", "a")), ["p1", "p2"], sheets)
    assert [s.project for s in by_a] == ["p2", "p1"]
    assert [s.project for s in by_b] == ["p1", "p2"]
    assert {s.decided_by for s in by_a} == {"criteria"}


def test_a_full_tie_is_drawn_and_the_seed_repeats_the_draw() -> None:
    sheets = [sheet("j", p, 3, 3) for p in "abcdef"]
    orders = {
        seed: [s.project for s in rank(GRID, Rule(tie_criteria=("a",), seed=seed), "abcdef", sheets)]
        for seed in ("1", "2", "3", "4", "5")
    }
    again = rank(GRID, Rule(tie_criteria=("a",), seed="1"), "fedcba", sheets)
    assert [s.project for s in again] == orders["1"]
    assert len({tuple(order) for order in orders.values()}) > 1
    assert {s.decided_by for s in again} == {"draw"}


def test_a_project_twice_by_one_juror_or_unknown_is_an_error() -> None:
    with pytest.raises(ValueError, match="two sheets"):
        rank(GRID, TIES, ["p"], [sheet("j", "p", 1, 1), sheet("j", "p", 2, 2)])
    with pytest.raises(ValueError, match="unknown project"):
        rank(GRID, TIES, ["p"], [sheet("j", "q", 1, 1)])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(29, 2), "14,50"),
        (Fraction(100, 7), "14,29"),
        (Fraction(5, 1000), "0,00"),  # half to even, down
        (Fraction(15, 1000), "0,02"),  # half to even, up
        (Fraction(-1, 2), "−0,50"),
        (None, ""),
    ],
)
def test_rounding_is_half_to_even_and_for_display_only(value: Fraction | None, text: str) -> None:
    assert shown(value) == text


# Properties

PROJECTS = ["p1", "p2", "p3", "p4"]
JURORS = ["j1", "j2", "j3"]
level = st.integers(0, 5)


@st.composite
def rounds(draw: st.DrawFn) -> list[Sheet]:
    sheets = []
    for juror in JURORS:
        for project in PROJECTS:
            values = draw(st.fixed_dictionaries({}, optional={"a": level, "b": level}))
            recused, abstained = draw(st.sampled_from([(False, False)] * 6 + [(True, False), (False, True)]))
            sheets.append(Sheet(juror, project, values, abstained=abstained, recused=recused))
    return sheets


def positions(sheets: list[Sheet]) -> dict[str, int | None]:
    return {s.project: s.rank for s in rank(GRID, TIES, PROJECTS, sheets)}


@given(rounds(), st.data())
def test_raising_a_score_never_lowers_that_project(sheets: list[Sheet], data: st.DataObject) -> None:
    raisable = [(index, key) for index, s in enumerate(sheets) for key, value in s.values.items() if value < 5]
    if not raisable:
        return
    index, key = data.draw(st.sampled_from(raisable))
    old = sheets[index]
    new = Sheet(old.juror, old.project, {**old.values, key: old.values[key] + 1}, old.abstained, old.recused)
    raised = [*sheets[:index], new, *sheets[index + 1 :]]
    before, after = positions(sheets)[old.project], positions(raised)[old.project]
    if before is None:
        assert after is None
    else:
        assert after is not None
        assert after <= before


@given(rounds(), st.fixed_dictionaries({"a": level, "b": level}))
def test_a_recused_juror_changes_nothing(sheets: list[Sheet], values: dict[str, int]) -> None:
    with_recused = [*sheets, *(Sheet("j9", p, values, recused=True) for p in PROJECTS)]
    plain = [(s.project, s.rank, s.score, s.variance) for s in rank(GRID, TIES, PROJECTS, sheets)]
    assert [(s.project, s.rank, s.score, s.variance) for s in rank(GRID, TIES, PROJECTS, with_recused)] == plain


@given(rounds(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_is_irrelevant(sheets: list[Sheet], random: object) -> None:
    shuffled, projects = list(sheets), list(PROJECTS)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(projects)  # type: ignore[attr-defined]
    assert rank(GRID, TIES, projects, shuffled) == rank(GRID, TIES, PROJECTS, sheets)


@given(rounds())
def test_every_project_stands_once_and_ranks_count_from_one(sheets: list[Sheet]) -> None:
    standings = rank(GRID, TIES, PROJECTS, sheets)
    assert sorted(s.project for s in standings) == PROJECTS
    ranked = [s.rank for s in standings if s.rank is not None]
    assert ranked == list(range(1, len(ranked) + 1))


@pytest.mark.parametrize(
    ("score", "levels", "official"),
    [
        ("median", [0, 1, 5], Fraction(4)),  # the middle one: 1 of 5
        ("median", [0, 1, 3, 5], Fraction(8)),  # half way between the two in the middle
        ("median", [0, 5], Fraction(10)),  # too few: the mean
        ("trimmed", [0, 1, 2, 3, 5], Fraction(8)),  # mean of 1, 2, 3
        ("trimmed", [0, 1, 2, 5], Fraction(8)),  # too few: the mean
    ],
)
def test_median_and_trimmed_mean_are_exact_and_need_enough_sheets(
    score: str, levels: list[int], official: Fraction
) -> None:
    sheets = [Sheet(f"j{n}", "p", {"c": level}) for n, level in enumerate(levels)]
    (found,) = rank([Criterion("c", 1, 5)], Rule(score=score), ["p"], sheets)
    assert found.score == official


def test_the_frozen_rulebook_rules_the_score_and_the_minimum_total() -> None:
    frozen = {"criteria": [], "rulebook": {"minimum_readings": 3, "score": "median", "minimum_total": 1050}}
    rule = rules.rule_of(frozen, "s")
    assert (rule.minimum_readings, rule.score, rule.minimum_total) == (3, "median", Fraction(21, 2))


@pytest.mark.parametrize(
    ("rulebook", "tie_criteria"),
    [({}, ("a", "b")), ({"ties": ["criteria", "draw"]}, ("a", "b")), ({"ties": ["draw"]}, ())],
)
def test_the_frozen_rulebook_says_whether_criteria_tell_equal_projects_apart(
    rulebook: dict[str, list[str]], tie_criteria: tuple[str, ...]
) -> None:
    criteria = [{"id": one, "title": one, "weight": 1, "max": 5, "minimum": None} for one in "ab"]
    rule = rules.rule_of({"criteria": criteria, "rulebook": {"minimum_readings": 1} | rulebook}, "s")
    assert rule.tie_criteria == tie_criteria
    sheets = [Sheet("j", "p1", {"a": 2, "b": 4}), Sheet("j", "p2", {"a": 4, "b": 2})]
    found = rank([Criterion("a", 1, 5), Criterion("b", 1, 5)], rule, ["p1", "p2"], sheets)
    assert {one.decided_by for one in found} == {"criteria" if tie_criteria else "draw"}


def test_before_a_round_opens_no_sheet_is_complete() -> None:
    assert state([], Sheet(juror="j", project="p", values={})) == "missing"
