"""The committee of experts: its members with what waits for them, opinions, and whom to ask about a project."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import experts
from services.jury.conflicts import Link, Member, suggest
from services.jury.models import Application, Award, Call, Expert, Juror, Opinion, Project, Reading, Recusal, Round
from services.jury.queries.links import file_of
from services.jury.queries.rounds import in_round


@dataclass(frozen=True)
class Line:
    """An expert of the directory, with the requests that wait and the opinions given."""

    expert: Expert
    waiting: int
    given: int


@dataclass(frozen=True)
class Candidate:
    """An expert for a project: what speaks for and against, and the links to ask them about."""

    expert: Expert
    weighed: experts.Weighed
    links: tuple[Link, ...]


def directory(session: Session) -> list[Line]:
    """Everybody, by name."""
    waiting, given = (
        sa.func.count(Opinion.id).filter(Opinion.state == state).label(state) for state in ("asked", "given")
    )
    query = sa.select(Expert, waiting, given).outerjoin(Opinion, Opinion.expert_id == Expert.id).group_by(Expert.id)
    return [Line(*row) for row in session.execute(query.order_by(Expert.last_name, Expert.first_name, Expert.id))]


def opinions_on(session: Session, project_id: uuid.UUID) -> list[tuple[Opinion, Expert]]:
    """Every request about a project with whom it went to, oldest first."""
    query = sa.select(Opinion, Expert).join(Expert, Expert.id == Opinion.expert_id)
    found = session.execute(query.where(Opinion.project_id == project_id).order_by(Opinion.asked_at, Opinion.id))
    return [(opinion, expert) for opinion, expert in found]


def opinions_in(session: Session, call_id: uuid.UUID) -> dict[uuid.UUID, list[Opinion]]:
    """Project of the call → its requests, but those that were taken back."""
    query = sa.select(Opinion).join(Project, Project.id == Opinion.project_id)
    found: dict[uuid.UUID, list[Opinion]] = {}
    for one in session.scalars(query.where(Project.call_id == call_id, Opinion.state != "taken")):
        found.setdefault(one.project_id, []).append(one)
    return found


def given_in(session: Session, this: Round) -> list[tuple[Opinion, Expert, Project]]:
    """The opinions that a round had on its projects, by number of the project: none that was given once it was left."""
    query = (
        sa.select(Opinion, Expert, Project)
        .join(Expert, Expert.id == Opinion.expert_id)
        .join(Project, Project.id == Opinion.project_id)
        .where(in_round(this), Opinion.state == "given")
        .order_by(Project.number, Opinion.answered_at, Opinion.id)
    )
    if this.left_at is not None:
        query = query.where(Opinion.answered_at <= this.left_at)
    return [(opinion, expert, project) for opinion, expert, project in session.execute(query)]


def given_on(session: Session, project_id: uuid.UUID) -> list[Opinion]:
    query = sa.select(Opinion).where(Opinion.project_id == project_id, Opinion.state == "given")
    return list(session.scalars(query.order_by(Opinion.answered_at, Opinion.id)))


def earlier(session: Session, project: Project) -> list[tuple[Project, Call]]:
    """The projects that this one is, filed again: what it renews, and those of the same structure and title in other
    calls before it."""
    renewed = (
        sa.select(Award.project_id)
        .join(Application, Application.renews_id == Award.id)
        .where(Application.project_id == project.id)
    )
    # Names alone: years of calls hold thousands of projects with their texts.
    before = sa.select(Project.id, Project.title, Project.structure).where(
        Project.call_id != project.call_id, Project.created_at <= project.created_at, Project.structure != ""
    )
    again = [
        one.id
        for one in session.execute(before)
        if experts.is_again(project.title, project.structure, one.title, one.structure)
    ]
    query = sa.select(Project, Call).join(Call, Call.id == Project.call_id).where(Call.kind != "exercise")
    query = query.where(Project.call_id != project.call_id, Project.id.in_([*again, *session.scalars(renewed)]))
    return [(one, call) for one, call in session.execute(query.order_by(Project.created_at, Project.id))]


def read_before(session: Session, projects: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The experts who gave an opinion on one of these, or who were given it to read as a juror."""
    gave = sa.select(Opinion.expert_id).where(Opinion.project_id.in_(projects), Opinion.state == "given")
    as_jurors = (
        sa.select(Expert.id)
        .join(Juror, sa.func.lower(Juror.email) == sa.func.lower(Expert.email))
        .join(Reading, Reading.juror_id == Juror.id)
        .where(Reading.project_id.in_(projects), Reading.taken_at.is_(None), Expert.email != "")
    )
    return set(session.scalars(gave.union(as_jurors)))


def candidates(session: Session, project: Project) -> list[Candidate]:
    """Everybody of the directory, whom to ask first."""
    lines = {str(line.expert.id): line for line in directory(session)}
    asked = opinions_on(session, project.id)
    recused = (
        sa.select(Expert.id)
        .join(Juror, sa.func.lower(Juror.email) == sa.func.lower(Expert.email))
        .join(Recusal, Recusal.juror_id == Juror.id)
        .where(Recusal.project_id == project.id, Recusal.lifted_at.is_(None), Expert.email != "")
    )
    before = [one for one, _call in earlier(session, project)]
    conflicts = {one.expert_id for one, _expert in asked if one.state == "conflict"} | set(session.scalars(recused))
    told = set(
        session.scalars(
            sa.select(Opinion.expert_id).where(
                Opinion.project_id.in_([one.id for one in before]), Opinion.state == "conflict"
            )
        )
    )
    subject = experts.Subject(
        text=f"{project.title} {project.summary}",
        country=project.country,
        language=project.language,
        asked=frozenset(str(one.expert_id) for one, _expert in asked if one.state != "taken"),
        recused=frozenset(map(str, conflicts | told)),
        before=frozenset(map(str, read_before(session, [one.id for one in before]))),
    )
    readers = [
        experts.Reader(
            key, one.expert.themes, one.expert.countries, one.expert.languages, one.waiting, one.expert.most,
            one.expert.away_since is not None,
        )
        for key, one in lines.items()
    ]  # fmt: skip
    content = session.scalar(sa.select(Application.content).where(Application.project_id == project.id)) or {}
    members = [
        Member(key, e.first_name, e.last_name, e.email, f"{e.function}\n{e.structure}")
        for key, e in ((key, line.expert) for key, line in lines.items())
    ]
    links = {one.juror: one.links for one in suggest(members, [file_of(project, content)])}
    return [
        Candidate(lines[one.reader.id].expert, one, links.get(one.reader.id, ()))
        for one in experts.suggested(readers, subject)
    ]
