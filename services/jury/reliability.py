"""How far the jurors agree, as published coefficients: beside the ranking, never in it. Pure.

McGraw & Wong, Psychological Methods 1 (1996), for ICC(A,1) and ICC(A,k) from variance components; Shrout & Fleiss,
Psychological Bulletin 86 (1979), for the six coefficients of a complete table; Krippendorff, *Computing
Krippendorff's alpha-reliability* (2011), for α with the interval metric, gaps allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.jury.calibration import Variances
from services.jury.score_table import Floats, Table


@dataclass(frozen=True)
class Reliability:
    """`icc`: of one juror's score, absolute agreement; `icc_mean`: of a mean of `readings` scores (the harmonic mean
    of the readings per project); `alpha`: Krippendorff's. None where nothing varies or nothing can be paired."""

    icc: float | None
    icc_mean: float | None
    readings: float
    alpha: float | None


def reliability(scores: Table, variances: Variances) -> Reliability:
    readings = float(len(scores.projects) / (1 / scores.readings).sum())
    return Reliability(icc(variances, 1), icc(variances, readings), readings, alpha(scores))


def icc(variances: Variances, readings: float) -> float | None:
    """ICC(A,k) = τ²/(τ² + (β² + σ²)/k); None when nothing varies."""
    whole = variances.project + (variances.juror + variances.noise) / readings
    return variances.project / whole if whole > 0 else None


def alpha(scores: Table) -> float | None:
    """1 − D_o/D_e with squared differences, over the projects that two jurors or more have scored."""
    paired = scores.readings >= 2
    kept = paired[scores.project]
    y, project = scores.score[kept], scores.project[kept]
    if len(y) == 0 or np.ptp(y) == 0:
        return None
    readings = scores.readings[paired]
    means = np.bincount(project, y, len(paired)) / np.maximum(scores.readings, 1)
    within = np.bincount(project, (y - means[project]) ** 2, len(paired))[paired]
    # The sum of squared differences over ordered pairs of m values is 2m times their sum of squares.
    observed = (2 * readings * within / (readings - 1)).sum() / len(y)
    expected = 2 * ((y - y.mean()) ** 2).sum() / (len(y) - 1)
    return float(1 - observed / expected)


def shrout_fleiss(ratings: Floats) -> dict[str, float]:
    """ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k) of a complete table, projects × jurors.

    Raises ValueError for fewer than two rows or columns, or when nothing varies.
    """
    n, k = ratings.shape
    if n < 2 or k < 2 or np.ptp(ratings) == 0:
        raise ValueError("at least two projects, two jurors and two different scores are needed")
    rows, columns, grand = ratings.mean(axis=1), ratings.mean(axis=0), ratings.mean()
    between = k * ((rows - grand) ** 2).sum() / (n - 1)
    jurors = n * ((columns - grand) ** 2).sum() / (k - 1)
    within = ((ratings - rows[:, None]) ** 2).sum() / (n * (k - 1))
    rest = ((ratings - rows[:, None] - columns[None, :] + grand) ** 2).sum() / ((n - 1) * (k - 1))
    return {
        "ICC(1,1)": float((between - within) / (between + (k - 1) * within)),
        "ICC(2,1)": float((between - rest) / (between + (k - 1) * rest + k * (jurors - rest) / n)),
        "ICC(3,1)": float((between - rest) / (between + (k - 1) * rest)),
        "ICC(1,k)": float((between - within) / between),
        "ICC(2,k)": float((between - rest) / (between + (jurors - rest) / n)),
        "ICC(3,k)": float((between - rest) / between),
    }
