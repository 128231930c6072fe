"""Step 2 of the deliberation: a vote by show of hands is recorded, or set aside and held again. Next: votes.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, votes
from services.jury.models import JuryVote, Round
from services.jury.use_cases.calls import find_round
from services.jury.use_cases.deliberation import SHORTEST_REASON
from shared import audit
from shared.errors import NotFound, RuleError


def record(
    session: Session,
    round_id: uuid.UUID,
    question: str,
    hands: votes.Hands,
    *,
    project_id: uuid.UUID | None,
    held: int,
    who: str,
    now: dt.datetime,
) -> JuryVote:
    """Keep a vote with who could take part in it, and what came of it.

    held: how many votes the page knew of; another one since, held at another window, must be read first.
    """
    this = _deliberating(session, round_id)
    known = session.scalar(sa.select(sa.func.count()).where(JuryVote.round_id == this.id)) or 0
    if known != held:
        raise RuleError(
            "vote-since",
            "Un vote vient d’être enregistré à un autre poste. Relisez la liste, puis enregistrez le vôtre.",
        )
    voters = queries.voters(session, this)
    body = voters.bodies.get(project_id)
    if body is None:
        raise RuleError("not-here", "Ce projet n’est pas de ce tour.", field="vote_project")
    votes.refuse(hands, body, casting_vote=voters.casting_vote, chair_votes=voters.chair_votes[project_id])
    vote = JuryVote(
        round_id=this.id,
        position=known + 1,
        project_id=project_id,
        question=question.strip(),
        yes=hands.yes,
        no=hands.no,
        abstained=hands.abstained,
        casting=hands.casting,
        outcome=votes.outcome(hands),
        members=body.quorum.members,
        present=body.present,
        needed=body.quorum.needed,
        recused=body.recused,
        held_at=now,
        held_by=who,
    )
    session.add(vote)
    this.version += 1
    session.flush()
    after = {"project": str(project_id) if project_id else "", "question": vote.question, "outcome": vote.outcome}
    after |= {"yes": str(vote.yes), "no": str(vote.no), "abstained": str(vote.abstained)}
    audit.record(session, who=who, what="voted", thing="round", thing_id=this.id, before=None, after=after, now=now)
    return vote


def set_aside(
    session: Session, round_id: uuid.UUID, vote_id: uuid.UUID, why: str, *, who: str, now: dt.datetime
) -> JuryVote:
    """A vote that was wrongly counted or noted counts no more; it stays, with why, in the minutes."""
    this = _deliberating(session, round_id)
    vote = session.scalar(sa.select(JuryVote).where(JuryVote.id == vote_id, JuryVote.round_id == this.id))
    if vote is None:
        raise NotFound("vote", "Ce vote n’existe pas.")
    if vote.set_aside_at is not None:
        raise RuleError("set-aside", "Ce vote est déjà écarté.")
    if len(why.strip()) < SHORTEST_REASON:
        raise RuleError(
            "reason", "Écrivez pourquoi ce vote ne compte pas : cela figurera au procès-verbal.", field="why"
        )
    vote.set_aside_at, vote.set_aside_why = now, why.strip()
    this.version += 1
    audit.record(
        session,
        who=who,
        what="set a vote aside",
        thing="round",
        thing_id=this.id,
        before={"question": vote.question, "outcome": vote.outcome},
        after={"reason": vote.set_aside_why},
        now=now,
    )
    return vote


def _deliberating(session: Session, round_id: uuid.UUID) -> Round:
    this = find_round(session, round_id, lock=True)
    if this.state != "closed":
        raise RuleError("round-state", "On ne vote qu’après la clôture et avant la signature.")
    return this
