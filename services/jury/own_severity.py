"""How one juror scored beside the others, for that juror alone: a plain mean of differences, no model. Pure.

The severity that the chair reads comes from a model of all sheets (calibration.py) and has a doubt beside it. This one
a juror can check by hand: over the projects that they and at least two others scored, how much higher or lower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.jury.scoring import Criterion, Sheet, sheet_score, state

LEAST_PROJECTS = 3
LEAST_OTHERS = 2
"""With a single other juror, the difference would tell what that one gave."""


@dataclass(frozen=True)
class Beside:
    """difference: points on 20 that the juror gave more than the others (negative: less), the mean over `projects`."""

    difference: Fraction
    projects: int


def beside(criteria: Sequence[Criterion], sheets: Iterable[Sheet], juror: str) -> Beside | None:
    """None where too few projects can be compared. Only complete sheets are looked at."""
    mine: dict[str, Fraction] = {}
    others: dict[str, list[Fraction]] = defaultdict(list)
    for sheet in sheets:
        if state(criteria, sheet) != "complete":
            continue
        score = sheet_score(criteria, sheet.values)
        assert score is not None
        if sheet.juror == juror:
            mine[sheet.project] = score
        else:
            others[sheet.project].append(score)
    found = [
        score - Fraction(sum(others[project]), len(others[project]))
        for project, score in mine.items()
        if len(others[project]) >= LEAST_OTHERS
    ]
    return Beside(Fraction(sum(found), len(found)), len(found)) if len(found) >= LEAST_PROJECTS else None
