"""What a vote of the jury counts, and those that were held."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import running, votes
from services.jury.models import JuryVote, Project, Round
from services.jury.queries.room import quorum_percent, room_view, rulebook_of
from services.jury.queries.rounds import recusals_in


@dataclass(frozen=True)
class Voters:
    """Who may vote. states: each member; chairs: those of them who are there; recused: project → who is, for it.
    casting_vote: the rulebook's word."""

    states: dict[uuid.UUID, running.Standing]
    chairs: set[uuid.UUID]
    recused: dict[uuid.UUID, set[uuid.UUID]]
    percent: int
    casting_vote: bool

    def body(self, *projects: uuid.UUID) -> votes.Body:
        """On a question about these projects, or about none."""
        return votes.body(self.states, self._outside(projects), self.percent)

    def chair_votes(self, *projects: uuid.UUID) -> bool:
        """Whether a chair is there and recused for none of these."""
        return bool(self.chairs - self._outside(projects))

    def _outside(self, projects: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        return {juror for project in projects for juror in self.recused[project]}


def voters(session: Session, this: Round, now: dt.datetime) -> Voters:
    """In a fixed number of queries, whatever the number of projects."""
    view = room_view(session, this, now)
    states = {member.juror.id: member.state for member in view.members if member.votes}
    chairs = {one.juror.id for one in view.members if one.juror.chairs and one.votes and one.state == "present"}
    recused: dict[uuid.UUID, set[uuid.UUID]] = {project.id: set() for project in view.projects.values()}
    for one in recusals_in(session, this):
        if one.project_id in recused:  # not one that gave up
            recused[one.project_id].add(one.juror_id)
    casting = bool(rulebook_of(session, this).get("casting_vote", False))
    return Voters(states, chairs, recused, quorum_percent(session, this), casting)


def votes_of(session: Session, this: Round) -> list[tuple[JuryVote, Project | None]]:
    """In the order they were held, those set aside too."""
    query = (
        sa.select(JuryVote, Project)
        .outerjoin(Project, Project.id == JuryVote.project_id)
        .where(JuryVote.round_id == this.id)
        .order_by(JuryVote.position)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
