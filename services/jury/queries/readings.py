"""Who reads what, and everything an assignment is made from."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import languages, rules, scoring
from services.jury.affinity import affinity
from services.jury.models import Juror, Project, Reading, Round
from services.jury.queries.rounds import jurors_in, projects_in, recusals_in
from services.jury.queries.scores import Pair, assigned, sheets
from services.jury.texts import fold


@dataclass(frozen=True)
class Pool:
    """What an assignment is made from, in words that an outsider has too: number of the project, name of the juror."""

    projects: list[Project]
    jurors: list[Juror]
    affinities: dict[tuple[str, str], float]
    conflicts: set[tuple[str, str]]
    unread: set[tuple[str, str]]

    def pairs(self, found: Iterable[tuple[str, str]]) -> list[Pair]:
        """(project, juror) in words → (juror id, project id)."""
        projects = {number(one): one.id for one in self.projects}
        jurors = {name(one): one.id for one in self.jurors}
        return [(jurors[juror], projects[project]) for project, juror in found]


def number(project: Project) -> str:
    return str(project.number)


def college(juror: Juror) -> str:
    """As it is compared: "Élus" and "élus" are one."""
    return fold(juror.college)


def name(juror: Juror) -> str:
    return f"{juror.first_name} {juror.last_name}"


def pool_of(session: Session, this: Round) -> Pool:
    """Projects, the jurors who are not away, what suits whom, who must not read what and who cannot."""
    projects = projects_in(session, this)
    jurors = [juror for juror in jurors_in(session, this) if juror.away_since is None]
    affinities = {
        (number(project), name(juror)): found
        for project in projects
        for juror in jurors
        if (found := affinity(juror.themes, juror.countries, f"{project.title} {project.summary}", project.country))
    }
    names = {juror.id: name(juror) for juror in jurors}
    numbers = {project.id: number(project) for project in projects}
    conflicts = {
        (numbers[one.project_id], names[one.juror_id]) for one in recusals_in(session, this) if one.juror_id in names
    }
    unread = {
        (number(project), name(juror))
        for project in projects
        for juror in jurors
        if not languages.reads(juror.languages, project.language)
    }
    return Pool(projects, jurors, affinities, conflicts, unread)


def readings_of(session: Session, this: Round) -> list[Reading]:
    """Every reading that was ever given in the round, oldest first."""
    query = sa.select(Reading).where(Reading.round_id == this.id)
    return list(session.scalars(query.order_by(Reading.given_at, Reading.id)))


def complete_sheets(session: Session, this: Round) -> set[Pair]:
    """(juror, project) of the sheets that are complete or set apart by the juror: they stay with who wrote them."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    return {
        (uuid.UUID(sheet.juror), uuid.UUID(sheet.project))
        for sheet in sheets(session, this)
        if criteria and scoring.state(criteria, sheet) in ("complete", "abstained")
    }


def behind(session: Session, this: Round) -> list[tuple[Juror, int]]:
    """Members who still have sheets to fill, most first, with how many; those who are away are not asked."""
    criteria = rules.criteria_of(this.frozen or {"criteria": []})
    done = ("complete", "abstained", "recused")
    lacking = Counter(one.juror for one in sheets(session, this) if scoring.state(criteria, one) not in done)
    found = [(one, lacking[str(one.id)]) for one in jurors_in(session, this) if one.away_since is None]
    return sorted((line for line in found if line[1]), key=lambda line: -line[1])


def missing_readings(session: Session, this: Round) -> dict[uuid.UUID, int]:
    """Project → readings that it lacks: nobody there, or the reader has a conflict by now."""
    if this.per_project is None:
        return {}
    recused = {(one.juror_id, one.project_id) for one in recusals_in(session, this)}
    held = [project for juror, project in assigned(session, this) or () if (juror, project) not in recused]
    found = {project.id: this.per_project - held.count(project.id) for project in projects_in(session, this)}
    return {project: count for project, count in found.items() if count > 0}
