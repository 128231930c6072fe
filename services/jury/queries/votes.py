"""What a vote of the jury counts, and those that were held."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import votes
from services.jury.models import JuryVote, Project, Round
from services.jury.queries.room import quorum_percent, room_view, rulebook_of
from services.jury.queries.rounds import recusals_in


@dataclass(frozen=True)
class Voters:
    """Who may vote: for each project, and under None for a question about none. casting_vote: the rulebook's word.

    chair_votes: under the same keys, whether a chair is there and not recused.
    """

    bodies: dict[uuid.UUID | None, votes.Body]
    chair_votes: dict[uuid.UUID | None, bool]
    casting_vote: bool


def voters(session: Session, this: Round) -> Voters:
    """In a fixed number of queries, whatever the number of projects."""
    view = room_view(session, this)
    states = {member.juror.id: member.state for member in view.members if member.votes}
    chairs = {one.juror.id for one in view.members if one.juror.chairs and one.votes and one.state == "present"}
    recused: dict[uuid.UUID | None, set[uuid.UUID]] = {project.id: set() for project in view.projects.values()}
    recused[None] = set()
    for one in recusals_in(session, this):
        if one.project_id in recused:  # not one that gave up
            recused[one.project_id].add(one.juror_id)
    percent = quorum_percent(session, this)
    return Voters(
        {project: votes.body(states, out, percent) for project, out in recused.items()},
        {project: bool(chairs - out) for project, out in recused.items()},
        bool(rulebook_of(session, this).get("casting_vote", False)),
    )


def votes_of(session: Session, this: Round) -> list[tuple[JuryVote, Project | None]]:
    """In the order they were held, those set aside too."""
    query = (
        sa.select(JuryVote, Project)
        .outerjoin(Project, Project.id == JuryVote.project_id)
        .where(JuryVote.round_id == this.id)
        .order_by(JuryVote.position)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
