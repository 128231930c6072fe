"""Decision aid beside the official score: what part of a score is the project, what part the juror. Pure.

    y_ij = μ + θ_i + b_j + ε_ij,    θ ~ N(0, τ²),  b ~ N(0, β²),  ε ~ N(0, σ²)

y is a sheet on 20, i a project, j a juror. Variances come from REML (Patterson & Thompson 1971, Biometrika 58),
effects from Henderson's mixed-model equations (Henderson 1975, Biometrics 31). Written in u = θ/τ and v = b/β they
read (W'W/σ² + diag(0, I, I))·[μ, u, v] = W'y/σ² with W = [1, τZ, βX]: a variance of zero needs no special case. The
juror block is diagonal, so it is eliminated, and what is left has one row per project and one for μ.

The use for grants: Platt & Burges, *Regularised offset for reviewer scores* (2012); Heyard, Ott, Salanti & Egger,
Statistics and Public Policy 9 (2022); MacKay, Kenna, Low & Parker, R. Soc. open sci. 4 (2017). Reads no database
and depends on nothing but its input, in whatever order: projects and jurors are sorted before any sum is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import linalg, optimize, sparse, special

from services.jury.score_table import Floats, Table

Zone = Literal["safe", "grey", "below"]

SURE = 0.9
"""Funded in nine draws of ten: safe. In less than one of ten: below the line. In between: the grey zone."""
DRAWS = 10_000
COMPLETE = "Tous les jurés ont noté tous les projets : la correction ne peut pas changer l’ordre."
_LOG_RATIO = (-18.0, 18.0)
"""Where log(τ²/σ²) and log(β²/σ²) are searched; below, the variance is zero to a double's precision."""


@dataclass(frozen=True)
class Variances:
    """In squared points: between projects τ², between jurors β², what is left σ²."""

    project: float
    juror: float
    noise: float


@dataclass(frozen=True)
class _Equations:
    """The equations solved for given ratios, in units of σ². `factor`: lower Cholesky factor of the reduced matrix,
    (1 + projects)²; `pivots`: the eliminated juror block; `links`: sparse, (1 + projects, jurors)."""

    factor: Floats
    pivots: Floats
    links: Any
    mean: float
    u: Floats
    v: Floats
    quadratic: float

    @property
    def log_determinant(self) -> float:
        return float(2 * np.log(np.diag(self.factor)).sum() + np.log(self.pivots).sum())

    def inverse(self) -> Floats:
        """The covariance of μ and u (divided by σ²): the reduced matrix, inverted."""
        inverse: Floats = linalg.cho_solve((self.factor, True), np.eye(len(self.factor)))
        return inverse


def _equations(scores: Table, project_ratio: float, juror_ratio: float) -> _Equations:
    """Solve for τ²/σ² and β²/σ². Scores are centred first, so that nothing is lost to cancellation."""
    tau, beta = np.sqrt(project_ratio), np.sqrt(juror_ratio)
    centre = scores.score.mean()
    y = scores.score - centre
    readings, sheets = scores.readings.astype(np.float64), scores.sheets.astype(np.float64)
    pivots = 1 + juror_ratio * sheets
    links = sparse.vstack([sparse.csr_array(beta * sheets[None, :]), tau * beta * scores.incidence], format="csr")
    reduced = -(links @ sparse.diags_array(1 / pivots) @ links.T).toarray()
    reduced[0, 0] += len(y)
    reduced[0, 1:] += tau * readings
    reduced[1:, 0] += tau * readings
    reduced[np.arange(1, len(reduced)), np.arange(1, len(reduced))] += 1 + project_ratio * readings
    right = np.concatenate(([y.sum()], tau * np.bincount(scores.project, y, len(readings))))
    juror_right = beta * np.bincount(scores.juror, y, len(sheets))
    factor: Floats = linalg.cholesky(reduced, lower=True)
    solved: Floats = linalg.cho_solve((factor, True), right - links @ (juror_right / pivots))
    v = (juror_right - links.T @ solved) / pivots
    mean, u = float(solved[0]), solved[1:]
    rest = y - mean - tau * u[scores.project] - beta * v[scores.juror]
    quadratic = float(rest @ rest + u @ u + v @ v)
    return _Equations(factor, pivots, links, mean + float(centre), u, v, quadratic)


def _deviance(ratios: Floats, scores: Table) -> tuple[float, Floats]:
    """−2 × the restricted log-likelihood, σ² profiled out, up to a constant; and its derivative by the logarithms of
    the two ratios: for either kind, number of effects − trace of their covariance − their sum of squares, over σ²."""
    found = _equations(scores, float(ratios[0]), float(ratios[1]))
    degrees = len(scores.score) - 1
    noise = max(found.quadratic, 1e-300) / degrees
    inverse = found.inverse()
    spread = (found.links @ sparse.diags_array(found.pivots**-2) @ found.links.T).toarray()
    juror_trace = (1 / found.pivots).sum() + (inverse * spread).sum()
    by_project = len(found.u) - np.trace(inverse[1:, 1:]) - found.u @ found.u / noise
    by_juror = len(found.v) - juror_trace - found.v @ found.v / noise
    return degrees * float(np.log(noise)) + found.log_determinant, np.array([by_project, by_juror])


def estimate(scores: Table) -> Variances:
    """REML. Each variance may be exactly zero; every corner is tried and the highest likelihood wins."""
    if np.ptp(scores.score) == 0:
        return Variances(0.0, 0.0, 0.0)
    best, lowest = np.zeros(2), _deviance(np.zeros(2), scores)[0]
    # Slopes grow with the number of effects, and so does their rounding.
    precision = 1e-8 * (len(scores.projects) + len(scores.jurors))
    # The full model last: it must beat the smaller ones by more than rounding.
    for free in ([0], [1], [0, 1]):

        def ratios(point: Floats, free: list[int] = free) -> Floats:
            whole = np.zeros(2)
            whole[free] = np.exp(point)
            return whole

        def deviance(point: Floats, free: list[int] = free) -> tuple[float, Floats]:
            value, slope = _deviance(ratios(point, free), scores)
            return value, slope[free]

        start = np.log(np.maximum(best[free], 0.1))
        found = optimize.minimize(
            deviance,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[_LOG_RATIO] * len(free),
            options={"gtol": precision, "ftol": 1e-15},
        )
        if found.fun < lowest - 1e-8:
            best, lowest = ratios(found.x), float(found.fun)
    noise = _equations(scores, float(best[0]), float(best[1])).quadratic / (len(scores.score) - 1)
    return Variances(float(best[0]) * noise, float(best[1]) * noise, noise)


@dataclass(frozen=True)
class Solution:
    """Best linear unbiased predictions. `scores` = μ̂ + θ̂, `severities` = b̂ (above 0: kinder than the others), each
    with its standard error (root of the prediction error variance). `covariance`: of θ̂ − θ, (projects)²."""

    mean: float
    mean_error: float
    scores: Floats
    score_errors: Floats
    severities: Floats
    severity_errors: Floats
    covariance: Floats


def solve(scores: Table, variances: Variances) -> Solution:
    """Predictions for known variances. Raises ValueError when one is negative or no number."""
    if not all(0 <= value < np.inf for value in (variances.project, variances.juror, variances.noise)):
        raise ValueError("Une variance doit être un nombre positif ou nul.")
    # Without noise the equations are singular; a hundred-millionth of the whole is enough to solve them.
    whole = variances.project + variances.juror + variances.noise
    noise = max(variances.noise, 1e-8 * whole) or 1.0
    found = _equations(scores, variances.project / noise, variances.juror / noise)
    tau, beta = np.sqrt(variances.project), np.sqrt(variances.juror)
    scale = noise if whole else 0.0
    inverse = scale * found.inverse()
    # The equations are in units of σ: θ is (τ/σ)·u and its covariance (τ/σ)²·σ²·inverse.
    carry = tau / np.sqrt(noise)
    covariance = carry**2 * inverse[1:, 1:]
    corrected = inverse[0, 0] + 2 * carry * inverse[0, 1:] + np.diag(covariance)
    inner = np.asarray(found.links.T.multiply(found.links.T @ inverse).sum(axis=1)).ravel()
    juror_variance = (beta**2 / noise) * (scale / found.pivots + inner / found.pivots**2)
    return Solution(
        mean=found.mean,
        mean_error=float(np.sqrt(inverse[0, 0])),
        scores=found.mean + carry * found.u,
        score_errors=np.sqrt(np.maximum(corrected, 0)),
        severities=beta / np.sqrt(noise) * found.v,
        severity_errors=np.sqrt(np.maximum(juror_variance, 0)),
        covariance=covariance,
    )


def expected_ranks(solution: Solution) -> Floats:
    """ER_i = 1 + Σ_k≠i Φ((θ̂_k − θ̂_i)/√(V_ii + V_kk − 2V_ik)): 1 is the best (Heyard et al. 2022, §2.2)."""
    gap = solution.scores[None, :] - solution.scores[:, None]
    own = np.diag(solution.covariance)
    spread = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * solution.covariance, 0))
    # Two projects known exactly: the better one is ahead; equal ones half and half.
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = np.where(spread > 0, gap / spread, np.where(gap == 0, 0.0, np.copysign(np.inf, gap)))
    ranks: Floats = 0.5 + special.ndtr(standard).sum(axis=1)  # Φ(0) for k = i is the half that is taken off
    return ranks


def chances(solution: Solution, places: int, seed: int = 0, draws: int = DRAWS) -> Floats:
    """How likely each project is among the best `places`, from seeded draws of N(θ̂, V)."""
    n = len(solution.scores)
    if places <= 0 or places >= n:
        return np.full(n, float(places > 0))
    if not solution.covariance.any() and np.ptp(solution.scores) == 0:
        return np.full(n, places / n)
    values, vectors = linalg.eigh(solution.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    drawn = solution.scores + np.random.default_rng(seed).standard_normal((draws, n)) @ root.T
    best = np.argpartition(-drawn, places - 1, axis=1)[:, :places]
    return np.bincount(best.ravel(), minlength=n) / draws


def zone(chance: float) -> Zone:
    """What the chair sees: a word instead of a probability."""
    return "safe" if chance >= SURE else "below" if chance <= 1 - SURE else "grey"
