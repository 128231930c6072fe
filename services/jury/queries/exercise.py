"""The calibration exercise of a round: its samples, how far each juror is, and how the levels spread."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import spread
from services.jury.models import Project, Round, ScoreCell
from services.jury.queries.rounds import jurors_in, projects_in


@dataclass(frozen=True)
class Exercise:
    """`complete` of `expected` sheets have a level on every criterion. `spreads`: sample id → one per criterion; empty
    as long as the exercise goes on, so that nobody is led by the others."""

    round: Round
    projects: Sequence[Project]
    complete: int
    expected: int
    spreads: Mapping[uuid.UUID, Sequence[spread.Spread]]


def exercise_of(session: Session, round_id: uuid.UUID) -> Round | None:
    """The exercise that rehearses this round, if there is one."""
    return session.scalars(sa.select(Round).where(Round.rehearses == round_id)).one_or_none()


def samples_among(
    session: Session, round_id: uuid.UUID, projects: set[uuid.UUID]
) -> tuple[set[uuid.UUID], Round | None]:
    """Which of these projects are samples of that round's exercise, and the exercise."""
    found = exercise_of(session, round_id) if projects else None
    if found is None:
        return set(), None
    query = sa.select(Project.id).where(Project.call_id == found.call_id, Project.id.in_(projects))
    return set(session.scalars(query)), found


def exercise_view(session: Session, this: Round) -> Exercise | None:
    """What the room sees of the exercise before that round."""
    found = exercise_of(session, this.id)
    if found is None:
        return None
    criteria: list[dict[str, Any]] = (found.frozen or {"criteria": []})["criteria"]
    projects = projects_in(session, found)
    jurors = len(jurors_in(session, this))
    given: dict[tuple[uuid.UUID, str], list[Any]] = defaultdict(list)
    sheets: dict[tuple[uuid.UUID, uuid.UUID], int] = defaultdict(int)
    names = {criterion["id"] for criterion in criteria}
    cells = sa.select(ScoreCell.juror_id, ScoreCell.project_id, ScoreCell.field, ScoreCell.value)
    for juror, project, field, value in session.execute(cells.where(ScoreCell.round_id == found.id)):
        if field in names and value is not None:
            given[project, field].append(value)
            sheets[juror, project] += 1
    shown = projects if found.state == "closed" else []
    return Exercise(
        round=found,
        projects=projects,
        complete=sum(1 for levels in sheets.values() if levels == len(criteria)),
        expected=jurors * len(projects),
        spreads={
            project.id: [spread.spread(criterion, given[project.id, criterion["id"]]) for criterion in criteria]
            for project in shown
        },
    )
