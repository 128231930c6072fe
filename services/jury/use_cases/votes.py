"""Step 2 of the deliberation: a vote by show of hands is recorded, or set aside and held again. Next: votes.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, votes
from services.jury.models import JuryVote, Round
from services.jury.use_cases.calls import find_round, refuse_left
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
    placed: Sequence[uuid.UUID] = (),
    held: int,
    who: str,
    now: dt.datetime,
) -> JuryVote:
    """Keep a vote with who could take part in it, and what came of it.

    placed: the order that is voted on, of projects which only lots tell apart; adopted, it takes the place of the lots.
    held: how many votes the page knew of; another one since, held at another window, must be read first.
    """
    this = _deliberating(session, round_id)
    known = session.scalar(sa.select(sa.func.count()).where(JuryVote.round_id == this.id)) or 0
    if known != held:
        raise RuleError(
            "vote-since",
            "Un vote vient d’être enregistré à un autre poste. Relisez la liste, puis enregistrez le vôtre.",
        )
    voters = queries.voters(session, this, now)
    if placed:
        _refuse_order(session, this, placed)
    elif project_id is not None and project_id not in voters.recused:
        raise RuleError("not-here", "Ce projet n’est pas de ce tour.", field="vote_project")
    about = placed or ([project_id] if project_id else [])
    body = voters.body(*about)
    votes.refuse(hands, body, casting_vote=voters.casting_vote, chair_votes=voters.chair_votes(*about))
    vote = JuryVote(
        round_id=this.id,
        position=known + 1,
        project_id=None if placed else project_id,
        placed=list(placed),
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
    if placed:
        after["order"] = ", ".join(map(str, placed))
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
    if vote.placed and vote.outcome == "adopted":
        _refuse_settled(session, this)
        _refuse_drawn(session, this)
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


def _refuse_order(session: Session, this: Round, placed: Sequence[uuid.UUID]) -> None:
    """A vote places equal projects, all of a group and each once, as long as nothing was decided on their ranks."""
    _refuse_settled(session, this)
    order = {str(one) for one in placed}
    if len(order) != len(placed) or order not in [set(group) for group in queries.tied_groups(session, this)]:
        raise RuleError("order", "Placez chacun des projets à égalité, une fois, et aucun autre.", field="placed")
    _refuse_drawn(session, this, field="placed")
    if any(str(one.project_id) in order for one in queries.moves_of(session, this)):
        raise RuleError(
            "moved",
            "Le jury a déjà déplacé un de ces projets, avec une raison : un vote sur leur ordre n’y changerait rien.",
            field="placed",
        )


def _refuse_settled(session: Session, this: Round) -> None:
    """What was decided on the ranking holds it."""
    refuse_left(this)
    if any(pot.decided_at is not None for pot in queries.pots_of(session, this.id)):
        raise RuleError("awards-decided", "Les aides sont décidées sur ce classement : les rangs ne changent plus.")


def _refuse_drawn(session: Session, this: Round, field: str | None = None) -> None:
    """Who votes on a tie knows no lots, and who voted does not put them in place of the vote."""
    if queries.draws_of(session, this):
        raise RuleError("drawn", "Les lots sont tirés : l’ordre des projets à égalité ne change plus.", field=field)


def _deliberating(session: Session, round_id: uuid.UUID) -> Round:
    this = find_round(session, round_id, lock=True)
    if this.state != "closed":
        raise RuleError("round-state", "On ne vote qu’après la clôture et avant la signature.")
    return this
