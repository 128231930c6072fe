"""What the jury answers each project: by its rank, or by its award once an envelope was shared out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import rules, scoring
from services.jury.models import Award, Pot, Round
from services.jury.queries.deliberation import decided, moves_of
from services.jury.queries.scores import ranking

_BY_AWARD = {"awarded": "selected", "offered": "selected", "reserve": "reserve"}


@dataclass(frozen=True)
class Result:
    """outcome: selected, reserve or not_selected. award: None while no decided envelope names the project.
    score_rank: by the scores alone, when the deliberation left another one; move_reason: for whom it moved."""

    standing: scoring.Standing
    outcome: str
    award: Award | None
    score_rank: int | None
    move_reason: str

    @property
    def gave_up(self) -> bool:
        return self.award is not None and self.award.state == "withdrawn"


def results(session: Session, this: Round, official: list[scoring.Standing] | None = None) -> list[Result]:
    """Of a closed round, in the order that the jury decided. official: its ranking, where the caller has it already."""
    official = ranking(session, this) if official is None else official
    rulebook = (this.frozen or {})["rulebook"]
    by_score = {s.project: s.rank for s in official}
    reasons = {str(move.project_id): move.reason for move in moves_of(session, this)}
    query = sa.select(Award).join(Pot, Pot.id == Award.pot_id)
    query = query.where(Pot.round_id == this.id, Pot.decided_at.is_not(None))
    awards = {str(award.project_id): award for award in session.scalars(query)}
    found = []
    for standing in decided(session, this, official):
        award = awards.get(standing.project)
        outcome = rules.result_of(standing.rank, standing.eliminated, rulebook)
        moved = by_score[standing.project] != standing.rank
        found.append(
            Result(
                standing,
                outcome if award is None else _BY_AWARD.get(award.state, "not_selected"),
                award,
                by_score[standing.project] if moved else None,
                reasons.get(standing.project, "") if moved else "",
            )
        )
    return found


def outcomes(found: Sequence[Result]) -> dict[str, str]:
    return {one.standing.project: one.outcome for one in found}


def distances(found: Sequence[Result]) -> Mapping[str, Fraction]:
    """How far each project is from the last selected one, in points on 20; below it is negative."""
    selected = [one.standing for one in found if one.outcome == "selected"]
    last = selected[-1].score if selected else None
    if last is None:
        return {}
    return {one.standing.project: one.standing.score - last for one in found if one.standing.score is not None}
