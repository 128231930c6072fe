"""From score sheets to the official ranking: exact fractions, nothing else.

Criterion c has a weight w_c > 0 and whole levels 0…M_c. A sheet is worth, on 20,

    y = 20 · Σ w_c · (s_c / M_c) / Σ w_c

and counts only when every criterion has a value, and a comment stands where a chosen level asks for one. A project's
official score is the mean of its complete sheets, or what the rule says (`Rule.score`). Nothing is rounded before it
is shown: projects are sorted on the exact fractions. The result depends neither on the order of the input nor on
anything but the input, so an outsider can recompute it.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from services.jury.sections import Section

SheetState = Literal["complete", "uncommented", "partial", "missing", "abstained", "recused"]
"""Ways to have no score are different things: uncommented, partial, missing, abstained, recused. The lowest level
everywhere is a score like any other."""

SCORES = ("mean", "median", "trimmed")
"""What a rulebook may say of the score of a project, see Rule.score."""

Decided = Literal["score", "criteria", "vote", "draw", "tied"]
"""What gave a project its rank against the one that has the same score; "tied": nothing did yet, they share it."""


@dataclass(frozen=True)
class Criterion:
    """`minimum`: a project whose mean on this criterion is lower is eliminated. None: not eliminatory.
    `commented`: levels that ask for a comment; without it the sheet does not count."""

    id: str
    weight: int
    maximum: int
    minimum: int | None = None
    commented: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.weight <= 0 or self.maximum <= 0:
            raise ValueError(f"criterion {self.id}: weight and maximum must be positive")


@dataclass(frozen=True)
class Rule:
    """`tie_criteria`: criterion ids that tell equal scores apart, in order. `voted`: orders that the jury voted for
    projects that are still equal, the newest last; lots place the others. `seed`: of these lots; empty before they
    are drawn. `score`: "mean"; "median" from three sheets on; "trimmed", the mean without the lowest and the highest,
    from five on. With fewer sheets the mean stands."""

    minimum_readings: int = 1
    score: str = "mean"
    minimum_total: Fraction | None = None
    tie_criteria: tuple[str, ...] = ()
    voted: tuple[tuple[str, ...], ...] = ()
    seed: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What one juror gave one project: a level per criterion id, and whether a comment for the jury stands beside."""

    juror: str
    project: str
    values: Mapping[str, int] = field(default_factory=dict)
    abstained: bool = False
    recused: bool = False
    commented: bool = False


@dataclass(frozen=True)
class Standing:
    """One project in the ranking. `rank` is None when there is no official score. `sections`: mean points per section.
    `eliminated_by`: ids of criteria, then of sections."""

    project: str
    rank: int | None
    score: Fraction | None
    readings: int
    variance: Fraction | None
    lowest: Fraction | None
    highest: Fraction | None
    means: Mapping[str, Fraction]
    eliminated_by: tuple[str, ...]
    below_minimum: bool
    decided_by: Decided
    counts: Mapping[SheetState, int]
    sections: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def eliminated(self) -> bool:
        return bool(self.eliminated_by) or self.below_minimum

    @property
    def spread(self) -> float | None:
        """Standard deviation between jurors, in points on 20 (n − 1 in the denominator)."""
        return None if self.variance is None else math.sqrt(self.variance)


def state(criteria: Sequence[Criterion], sheet: Sheet) -> SheetState:
    """Which kind of sheet it is. A recusal outweighs an abstention, which outweighs any value.

    Before the round opens there are no criteria, and nothing that could be complete.
    """
    if sheet.recused:
        return "recused"
    if sheet.abstained:
        return "abstained"
    given = sum(1 for c in criteria if c.id in sheet.values)
    if given and given == len(criteria):
        return "uncommented" if lacks_comment(criteria, sheet) else "complete"
    return "partial" if given else "missing"


def lacks_comment(criteria: Sequence[Criterion], sheet: Sheet) -> bool:
    """A level that asks for a comment was chosen, and there is none."""
    return not sheet.commented and any(sheet.values.get(c.id) in c.commented for c in criteria)


def sheet_score(criteria: Sequence[Criterion], values: Mapping[str, int]) -> Fraction | None:
    """The sheet on 20, exactly; None unless every criterion has a value. Raises ValueError out of range."""
    points = _points(criteria, values)
    return None if points is None else Fraction(points, _denominator(criteria))


def _denominator(criteria: Sequence[Criterion]) -> int:
    """What the points of every sheet of a round are divided by: all sums can be made in whole numbers."""
    return math.lcm(*(c.maximum for c in criteria)) * sum(c.weight for c in criteria)


def _points(criteria: Sequence[Criterion], values: Mapping[str, int]) -> int | None:
    common = math.lcm(*(c.maximum for c in criteria))
    total = 0
    for criterion in criteria:
        value = values.get(criterion.id)
        if value is None:
            return None
        if not 0 <= value <= criterion.maximum:
            raise ValueError(f"criterion {criterion.id}: {value} is not within 0–{criterion.maximum}")
        total += criterion.weight * value * (common // criterion.maximum)
    return 20 * total


def official_score(how: str, scores: Sequence[int], whole: int) -> Fraction:
    """Of a project with at least one sheet. how: see Rule.score; scores: points over `whole`, lowest first."""
    n = len(scores)
    if how == "median" and n >= 3:
        return Fraction(scores[(n - 1) // 2] + scores[n // 2], 2 * whole)
    if how == "trimmed" and n >= 5:
        return Fraction(sum(scores[1:-1]), (n - 2) * whole)
    return Fraction(sum(scores), n * whole)


def draw(seed: str, project: str) -> bytes:
    """The lot of a project: the lower comes first. Depends on the seed and the project alone."""
    return hashlib.sha256(f"{seed}|{project}".encode()).digest()


def rank(criteria: Sequence[Criterion], rule: Rule, projects: Iterable[str], sheets: Iterable[Sheet]) -> list[Standing]:
    """Every project, best first: ranked ones, then eliminated ones by score, then those without a score.

    Raises ValueError when a sheet names an unknown project or a juror scored a project twice.
    """
    by_project: dict[str, list[Sheet]] = {project: [] for project in projects}
    seen: set[tuple[str, str]] = set()
    for sheet in sheets:
        if sheet.project not in by_project:
            raise ValueError(f"sheet for an unknown project: {sheet.project}")
        if (sheet.juror, sheet.project) in seen:
            raise ValueError(f"two sheets of juror {sheet.juror} for project {sheet.project}")
        seen.add((sheet.juror, sheet.project))
        by_project[sheet.project].append(sheet)
    measured = [_measure(criteria, rule, project, found) for project, found in by_project.items()]
    scored = [m for m in measured if m.score is not None]
    unscored = sorted((m for m in measured if m.score is None), key=lambda m: m.project)
    return _place(rule, scored) + unscored


def _measure(criteria: Sequence[Criterion], rule: Rule, project: str, sheets: list[Sheet]) -> Standing:
    counts: dict[SheetState, int] = dict.fromkeys(get_args(SheetState), 0)
    scores: list[int] = []
    levels = [0] * len(criteria)
    for sheet in sheets:
        kind = state(criteria, sheet)
        counts[kind] += 1
        points = _points(criteria, sheet.values) if kind == "complete" else None
        if points is not None:
            scores.append(points)
            for place, criterion in enumerate(criteria):
                levels[place] += sheet.values[criterion.id]
    n, whole = len(scores), _denominator(criteria)
    mean = official_score(rule.score, sorted(scores), whole) if n else None
    means = {c.id: Fraction(level, n) for c, level in zip(criteria, levels, strict=True)} if n else {}
    official = mean if n >= max(1, rule.minimum_readings) else None
    by_section, too_low = _by_section(criteria, rule.sections, means)
    # Σ(x − x̄)² = (n Σx² − (Σx)²) / n, over n − 1.
    squares = n * sum(score * score for score in scores) - sum(scores) ** 2
    variance = Fraction(squares, n * (n - 1) * whole**2) if n > 1 else None
    return Standing(
        project=project,
        rank=None,
        score=official,
        readings=n,
        variance=variance,
        lowest=Fraction(min(scores), whole) if n else None,
        highest=Fraction(max(scores), whole) if n else None,
        means=means,
        eliminated_by=(
            *(c.id for c in criteria if n and c.minimum is not None and means[c.id] < c.minimum),
            *too_low,
        ),
        below_minimum=official is not None and rule.minimum_total is not None and official < rule.minimum_total,
        decided_by="score",
        counts=counts,
        sections=by_section,
    )


def _by_section(
    criteria: Sequence[Criterion], sections: Sequence[Section], means: Mapping[str, Fraction]
) -> tuple[dict[str, Fraction], list[str]]:
    """The mean points of every section, and those that are below their minimum. Nothing where nothing was scored."""
    points: dict[str, Fraction] = {}
    too_low: list[str] = []
    if not means:
        return points, too_low
    known = {c.id: c for c in criteria}
    for section in sections:
        inside = [known[id] for id in section.criteria]
        points[section.id] = sum((c.weight * means[c.id] / c.maximum for c in inside), Fraction(0))
        least = section.least
        if least is not None and points[section.id] < least * sum(c.weight for c in inside):
            too_low.append(section.id)
    return points, too_low


def tie_key(rule: Rule, standing: Standing) -> tuple[bool, Fraction, tuple[Fraction, ...]]:
    """What places a scored project before lots do: those with the same key are equal."""
    ties = tuple(-standing.means[criterion] for criterion in rule.tie_criteria)
    return standing.eliminated, -(standing.score or Fraction(0)), ties


def _place(rule: Rule, scored: list[Standing]) -> list[Standing]:
    equal: dict[tuple[bool, Fraction, tuple[Fraction, ...]], list[Standing]] = {}
    for standing in scored:
        equal.setdefault(tie_key(rule, standing), []).append(standing)
    of_a_score = Counter(key[:2] for key in equal)
    placed: list[Standing] = []
    for key in sorted(equal):
        group = equal[key]
        decided: Decided = "score"
        voted = _voted(rule, group)
        if len(group) > 1:
            decided = "vote" if voted else "draw" if rule.seed else "tied"
        elif of_a_score[key[:2]] > 1:
            decided = "criteria"
        places = {project: place for place, project in enumerate(voted)}
        group.sort(
            key=lambda s: (places.get(s.project, 0), draw(rule.seed, s.project) if rule.seed else b"", s.project)
        )
        first, step = len(placed) + 1, decided != "tied"
        placed += [_with_rank(standing, first + n * step, decided) for n, standing in enumerate(group)]
    return placed


def _voted(rule: Rule, group: Sequence[Standing]) -> tuple[str, ...]:
    """The order that the jury voted for these equal projects, and maybe others that gave up since; empty: none."""
    projects = {standing.project for standing in group}
    return next((order for order in reversed(rule.voted) if projects <= set(order)), ())


def _with_rank(standing: Standing, position: int, decided: Decided) -> Standing:
    return Standing(**{**standing.__dict__, "rank": position, "decided_by": decided})


def shown(value: Fraction | None, digits: int = 2, separator: str = ",") -> str:
    """For people: rounded half to even at the last digit, "14,25"; an empty string for None."""
    if value is None:
        return ""
    scaled = round(value * 10**digits)
    sign, scaled = ("−" if scaled < 0 else ""), abs(scaled)
    if digits == 0:
        return f"{sign}{scaled}"
    whole, rest = divmod(scaled, 10**digits)
    return f"{sign}{whole}{separator}{rest:0{digits}d}"
