"""How far the jurors agree, as published coefficients: beside the ranking, never in it. Pure.

McGraw & Wong, Psychological Methods 1 (1996), for ICC(A,1) and ICC(A,k) from variance components; Shrout & Fleiss,
Psychological Bulletin 86 (1979), for the six coefficients of a complete table; Krippendorff, *Computing
Krippendorff's alpha-reliability* (2011), for α with the interval metric, gaps allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.jury.calibration import Variances
from services.jury.score_table import Table


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
