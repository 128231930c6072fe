"""What the room looks at when it deliberates: moved ranks, doubt beside each score, the order with least walking."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import deliberation, rules, scoring
from services.jury.models import Juror, Move, Round
from services.jury.queries.rounds import jurors_in, projects_in, recusals_in, standing_in
from services.jury.queries.scores import ranking, sheets, voted_orders
from services.jury.said import Said

if TYPE_CHECKING:
    from services.jury.reliability import Reliability


@dataclass(frozen=True)
class Doubt:
    """One project in the model: its corrected score, 1.96 standard errors either way, expected rank, chance."""

    corrected: float
    low: float
    high: float
    rank: float
    chance: float
    zone: str


@dataclass(frozen=True)
class Aid:
    """`refusal`: why there is no correction; then the rest is empty. `severities`: (juror, above 0 =
    kinder, standard error)."""

    refusal: Said | None
    doubts: Mapping[str, Doubt]
    severities: Sequence[tuple[str, float, float]]
    complete: bool
    reliability: Reliability | None


def moves_of(session: Session, this: Round) -> list[Move]:
    """Of the projects that stand, oldest first."""
    query = sa.select(Move).where(Move.round_id == this.id, Move.project_id.in_(standing_in(this)))
    return list(session.scalars(query.order_by(Move.position)))


def decided(session: Session, this: Round, official: list[scoring.Standing] | None = None) -> list[scoring.Standing]:
    """The official ranking (computed when it is not given) with the ranks that the deliberation moved. Only ranked
    projects can be moved."""
    standings = ranking(session, this) if official is None else official
    places = {s.project: s for s in standings if s.rank is not None and not s.eliminated}
    moves = [(str(move.project_id), move.place) for move in moves_of(session, this)]
    if not moves:
        return standings
    order = deliberation.reorder(list(places), moves)
    moved = [replace(places[project], rank=rank) for rank, project in enumerate(order, start=1)]
    return moved + [s for s in standings if s.project not in places]


def tied_groups(session: Session, this: Round) -> list[list[str]]:
    """Projects that only lots tell apart, group by group, each in the order of its lots; before these are drawn, in
    that of the numbers."""
    rule = rules.rule_of(this.frozen or {"criteria": [], "rulebook": {"minimum_readings": 1}}, this.seed or "")
    groups: list[list[scoring.Standing]] = []
    for standing in ranking(session, this):
        if standing.decided_by not in ("draw", "tied"):
            continue
        if groups and scoring.tie_key(rule, groups[-1][-1]) == scoring.tie_key(rule, standing):
            groups[-1].append(standing)
        else:
            groups.append([standing])
    found = [[standing.project for standing in group] for group in groups]
    if found and not this.seed:
        numbers = {str(project.id): project.number for project in projects_in(session, this)}
        found = [sorted(group, key=numbers.__getitem__) for group in found]
    return found


def open_ties(session: Session, this: Round) -> list[list[str]]:
    """The groups that no vote and no lots have told apart yet."""
    return [] if this.seed else tied_groups(session, this)


def talking_order(session: Session, this: Round) -> tuple[list[str], int, int]:
    """(project ids with the fewest walks, walks that way, walks in the order of the numbers)."""
    projects = [str(p.id) for p in projects_in(session, this)]
    outside: dict[str, set[str]] = {}
    for recusal in recusals_in(session, this):
        outside.setdefault(str(recusal.project_id), set()).add(str(recusal.juror_id))
    order = deliberation.least_walking(projects, outside)
    return order, deliberation.exits(order, outside), deliberation.exits(projects, outside)


def _told_apart(jurors: Sequence[Juror]) -> dict[str, str]:
    """Names by id, whoever has the name of somebody before with a number: the model goes by them."""
    names: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for juror in jurors:
        name = f"{juror.first_name} {juror.last_name}"
        seen[name] += 1
        names[str(juror.id)] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def aid(session: Session, this: Round, places: int) -> Aid:
    """The decision aid of a closed round: read from the same sheets as the official ranking."""
    # Read at import: matrices this small gain nothing from threads. numpy stays out of pages that do not need it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from services.jury import calibration, reliability, score_table

    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    titles = {str(p.id): str(p.number) for p in projects_in(session, this)}
    names = _told_apart(jurors_in(session, this))
    rows: list[tuple[str, str, float]] = []
    for sheet in sheets(session, this):
        if scoring.state(criteria, sheet) == "complete":
            score = scoring.sheet_score(criteria, sheet.values)
            rows.append((titles[sheet.project], names[sheet.juror], float(score if score is not None else 0)))
    try:
        table = score_table.table(rows)
        score_table.check(table)
    except score_table.Refused as refused:
        return Aid(refused, {}, [], False, None)
    variances = calibration.estimate(table)
    solution = calibration.solve(table, variances)
    ranks, chances = calibration.expected_ranks(solution), calibration.chances(solution, places)
    ids = {number: project for project, number in titles.items()}
    doubts = {}
    for i, number in enumerate(table.projects):
        middle, error = float(solution.scores[i]), 1.96 * float(solution.score_errors[i])
        chance = float(chances[i])
        doubts[ids[number]] = Doubt(
            middle, middle - error, middle + error, float(ranks[i]), chance, calibration.zone(chance)
        )
    severities = [
        (juror, float(solution.severities[j]), float(solution.severity_errors[j]))
        for j, juror in enumerate(table.jurors)
    ]
    return Aid(None, doubts, severities, table.is_complete, reliability.reliability(table, variances))


def marks(session: Session, this: Round) -> dict[str, list[Fraction]]:
    """Every complete sheet's score per project, lowest first, without names: how far the jury agrees."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    found: dict[str, list[Fraction]] = {}
    for sheet in sheets(session, this):
        if scoring.state(criteria, sheet) == "complete":
            score = scoring.sheet_score(criteria, sheet.values)
            if score is not None:
                found.setdefault(sheet.project, []).append(score)
    return {project: sorted(scores) for project, scores in found.items()}


def what_if(session: Session, this: Round, weights: Mapping[str, int], without: str | None) -> list[scoring.Standing]:
    """Another ranking, for the eye only: other weights, a juror left out. Nothing is written, ever."""
    frozen = this.frozen or {"criteria": []}
    criteria = [replace(c, weight=weights.get(c.id, c.weight)) for c in rules.criteria_of(frozen)]
    kept = [sheet for sheet in sheets(session, this) if sheet.juror != without]
    projects = [str(p.id) for p in projects_in(session, this)]
    rule = rules.rule_of(frozen, this.seed or "", voted_orders(session, this))
    return scoring.rank(criteria, rule, projects, kept)
