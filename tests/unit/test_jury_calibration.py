"""The correction for severe and kind jurors, against published tables, a dense recomputation and its own properties."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from services.jury import calibration, reliability, score_table
from services.jury.calibration import Variances

Row = tuple[str, str, float]

# Four projects, three jurors; raw means 7, 7, 6, 5.
SMALL: list[Row] = [
    *[("P1", "A", 8), ("P1", "B", 6), ("P2", "A", 9), ("P2", "C", 5), ("P3", "B", 7), ("P3", "C", 5)],
    *[("P4", "A", 7), ("P4", "B", 5), ("P4", "C", 3)],
]
# Shrout & Fleiss 1979, table 2: six targets, four judges.
JUDGES = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
# Krippendorff 2011, section C: four observers, twelve units, gaps.
OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def square(rows: Sequence[Sequence[float]]) -> list[Row]:
    return [(f"p{i}", f"j{j}", float(value)) for i, row in enumerate(rows) for j, value in enumerate(row)]


def uneven(seed: int, *, projects: int = 12, jurors: int = 7, readings: int = 4, spread: float = 1.5) -> list[Row]:
    """Each project read by some of the jurors, with known components."""
    chance = random.Random(seed)
    kind = [chance.gauss(0, 1) for _ in range(jurors)]
    rows = []
    for i in range(projects):
        worth = chance.gauss(12, spread)
        rows += [
            (f"p{i:02}", f"j{j}", worth + kind[j] + chance.gauss(0, 0.8))
            for j in chance.sample(range(jurors), readings)
        ]
    return rows


def test_predictions_of_the_small_table() -> None:
    table = score_table.table(SMALL)
    assert table.means.tolist() == [7, 7, 6, 5]
    found = calibration.solve(table, Variances(1, 1, 1))
    assert found.mean == pytest.approx(6.2121, abs=5e-5)
    assert found.scores - found.mean == pytest.approx([0.0606, 0.5152, 0.3333, -0.9091], abs=5e-5)
    assert found.severities == pytest.approx([1.4242, -0.0303, -1.3939], abs=5e-5)


def test_reml_of_a_complete_table_is_the_analysis_of_variance() -> None:
    """Shrout & Fleiss's mean squares are 11.24, 32.49 and 1.02; balanced REML solves the same expectations."""
    between, jurors, rest = 11.2416667, 32.4861111, 1.0194444
    table = score_table.table(square(JUDGES))
    found = calibration.estimate(table)
    assert found.noise == pytest.approx(rest, rel=1e-6)
    assert found.project == pytest.approx((between - rest) / 4, rel=1e-6)
    assert found.juror == pytest.approx((jurors - rest) / 6, rel=1e-6)
    agreed = reliability.reliability(table, found)
    assert (round(agreed.icc, 2), round(agreed.icc_mean, 2)) == (0.29, 0.62), "their ICC(2,1) and ICC(2,4)"
    assert agreed.icc == pytest.approx((between - rest) / (between + 3 * rest + 4 * (jurors - rest) / 6), rel=1e-6)
    assert agreed.icc_mean == pytest.approx((between - rest) / (between + (jurors - rest) / 6), rel=1e-6)


def test_krippendorffs_alpha_of_his_own_example() -> None:
    rows = [
        (f"u{unit:02}", f"o{observer}", float(value))
        for observer, values in enumerate(OBSERVERS)
        for unit, value in enumerate(values)
        if value != "."
    ]
    assert reliability.alpha(score_table.table(rows)) == pytest.approx(0.849, abs=5e-4)


def dense(rows: list[Row], variances: Variances) -> tuple[float, np.ndarray, np.ndarray, float]:
    """(μ, θ, PEV of θ, −2 restricted log-likelihood) with the n × n covariance matrix, as the textbook writes them."""
    rows = sorted(rows)
    projects, jurors = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    y = np.array([row[2] for row in rows])
    z = np.array([[row[0] == name for name in projects] for row in rows], dtype=float)
    x = np.array([[row[1] == name for name in jurors] for row in rows], dtype=float)
    v = variances.project * z @ z.T + variances.juror * x @ x.T + variances.noise * np.eye(len(y))
    inverse, ones = np.linalg.inv(v), np.ones(len(y))
    information = ones @ inverse @ ones
    mean = ones @ inverse @ y / information
    p = inverse - np.outer(inverse @ ones, ones @ inverse) / information
    pev = variances.project * np.eye(len(projects)) - variances.project**2 * z.T @ p @ z
    deviance = np.linalg.slogdet(v)[1] + np.log(information) + y @ p @ y
    return mean, variances.project * z.T @ p @ y, pev, float(deviance)


@pytest.mark.parametrize("seed", range(4))
def test_the_equations_agree_with_the_dense_model(seed: int) -> None:
    rows, variances = uneven(seed), Variances(1.7, 0.6, 0.9)
    mean, effects, pev, _ = dense(rows, variances)
    found = calibration.solve(score_table.table(rows), variances)
    assert found.mean == pytest.approx(mean)
    assert found.scores - found.mean == pytest.approx(effects)
    assert found.covariance == pytest.approx(pev)


@pytest.mark.parametrize("seed", range(3))
def test_reml_finds_the_maximum_that_a_blind_search_finds(seed: int) -> None:
    rows = uneven(seed)
    found = calibration.estimate(score_table.table(rows))
    searched = optimize.minimize(
        lambda point: dense(rows, Variances(*np.exp(point)))[3],
        np.zeros(3),
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000},
    )
    assert dense(rows, found)[3] == pytest.approx(searched.fun, abs=1e-6)
    assert (found.project, found.juror, found.noise) == pytest.approx(np.exp(searched.x), rel=1e-3, abs=1e-4)


def test_a_variance_can_be_exactly_zero() -> None:
    """Rows that differ less than noise alone would make them: the analysis of variance says −, REML says 0."""
    rows = square([(1, 5, 9), (9, 5, 1), (5, 1, 9), (5, 9, 1)])
    found = calibration.estimate(score_table.table(rows))
    assert found.project == 0
    solved = calibration.solve(score_table.table(rows), found)
    assert np.ptp(solved.scores) == 0
    assert calibration.expected_ranks(solved) == pytest.approx([2.5] * 4)
    assert calibration.chances(solved, 1) == pytest.approx([0.25] * 4)


@pytest.mark.parametrize(
    "rows", [[("P", "A", 5.0)], square([(7, 7), (7, 7)]), square([(1, 2, 3)]), square([(1,), (2,), (3,)]), SMALL]
)
def test_degenerate_tables_still_have_an_answer(rows: list[Row]) -> None:
    table = score_table.table(rows)
    found = calibration.solve(table, calibration.estimate(table))
    for numbers in (found.scores, found.score_errors, found.severities, found.severity_errors):
        assert np.isfinite(numbers).all()
    assert calibration.expected_ranks(found).sum() == pytest.approx(len(table.projects) * (len(table.projects) + 1) / 2)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(0, 47), st.floats(0.1, 5), st.tuples(*[st.floats(0.05, 5)] * 3), st.booleans()
)
def test_raising_a_score_never_lowers_its_project(
    seed: int, which: int, more: float, components: tuple[float, float, float], ranked: bool
) -> None:
    rows, variances = sorted(uneven(seed)), Variances(*components)
    raised = [(p, j, score + more * (index == which)) for index, (p, j, score) in enumerate(rows)]
    before = calibration.solve(score_table.table(rows), variances)
    after = calibration.solve(score_table.table(raised), variances)
    project = sorted({row[0] for row in rows}).index(rows[which][0])
    if ranked:
        assert calibration.expected_ranks(after)[project] <= calibration.expected_ranks(before)[project] + 1e-9
    else:
        assert after.scores[project] > before.scores[project]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(seed: int, chance: random.Random) -> None:
    rows = uneven(seed)
    shuffled = rows[:]
    chance.shuffle(shuffled)
    one, other = score_table.table(rows), score_table.table(shuffled)
    assert calibration.estimate(one) == calibration.estimate(other)
    solved = [calibration.solve(table, Variances(1, 1, 1)) for table in (one, other)]
    assert (calibration.chances(solved[0], 4, seed=7) == calibration.chances(solved[1], 4, seed=7)).all()


def test_a_complete_table_keeps_its_order() -> None:
    table = score_table.table(square(JUDGES))
    assert table.is_complete
    assert not score_table.table(SMALL).is_complete
    corrected = calibration.solve(table, calibration.estimate(table)).scores
    assert np.argsort(-corrected, kind="stable").tolist() == np.argsort(-table.means, kind="stable").tolist()


def test_chances_add_up_to_the_places_and_repeat() -> None:
    found = calibration.solve(score_table.table(uneven(1)), Variances(2, 1, 0.6))
    chances = calibration.chances(found, 4, seed=3)
    assert chances.sum() == pytest.approx(4)
    assert (chances == calibration.chances(found, 4, seed=3)).all()
    assert (chances != calibration.chances(found, 4, seed=4)).any()
    assert calibration.chances(found, 0).tolist() == [0] * 12
    assert calibration.chances(found, 12).tolist() == [1] * 12
    # For one place of two, the draws must agree with the normal integral that the expected rank uses.
    two = calibration.solve(score_table.table(square([(14, 12), (13, 12)])), Variances(1, 0.5, 0.5))
    assert calibration.chances(two, 1, draws=200_000)[0] == pytest.approx(
        2 - calibration.expected_ranks(two)[0], abs=0.005
    )


def test_zones() -> None:
    assert [calibration.zone(chance) for chance in (1, 0.9, 0.5, 0.11, 0.05, 0)] == [
        *("safe", "safe", "grey", "grey", "below", "below")
    ]


def test_guard_rails_say_what_is_missing() -> None:
    def refused(rows: list[Row], *, force: bool = False) -> score_table.Refused:
        with pytest.raises(score_table.Refused) as caught:
            score_table.check(score_table.table(rows), force=force)
        return caught.value

    apart = [*SMALL, ("P9", "Z", 4.0)]
    for force in (False, True):
        found = refused(apart, force=force)
        assert found.code == "unconnected"
        assert "P1, P2, P3, P4 (A, B, C) ; P9 (Z)" in str(found)
        assert "au moins 1 lecture" in str(found)
    found = refused(SMALL)
    assert found.code == "few-sheets"
    assert "A, B, C" in str(found)
    four = [(f"P{i}", f"J{j}", 10.0) for i in range(5) for j in range(2)]
    assert refused(four).code == "few-readings"
    score_table.check(score_table.table(SMALL), force=True)
    score_table.check(score_table.table(uneven(0, projects=20)))
    with pytest.raises(score_table.Refused) as caught:
        score_table.table([*SMALL, ("P1", "A", 3.0)])
    assert caught.value.code == "twice"
    with pytest.raises(score_table.Refused):
        score_table.table([])
    with pytest.raises(ValueError, match="variance"):
        calibration.solve(score_table.table(SMALL), Variances(1, -1, 1))


@pytest.mark.slow
def test_24000_scores_are_quick() -> None:
    """Ten times the marks of 0.1 s and 10 s, so that a busy machine does not fail it."""
    rows = uneven(5, projects=300, jurors=2000, readings=80)
    table = score_table.table(rows)
    began = time.perf_counter()
    calibration.solve(table, Variances(2.25, 1, 0.64))
    assert time.perf_counter() - began < 1
    began = time.perf_counter()
    found = calibration.estimate(table)
    assert time.perf_counter() - began < 100
    assert found.project == pytest.approx(2.25, rel=0.3)
    assert found.juror == pytest.approx(1, rel=0.15)
    assert found.noise == pytest.approx(0.64, rel=0.05)
