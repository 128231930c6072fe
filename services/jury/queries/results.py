"""What the jury answers each project: by its award where money is shared out, by its rank elsewhere."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import rules, scoring
from services.jury.models import Award, Pot, Round
from services.jury.queries.awards import envelopes_of, pots_of, terms_of
from services.jury.queries.deliberation import decided, moves_of
from services.jury.queries.rounds import goes_on, projects_in
from services.jury.queries.scores import ranking

_BY_AWARD = {"awarded": "selected", "offered": "reserve", "reserve": "reserve"}
"""What is only offered was given to nobody yet."""


@dataclass(frozen=True)
class Result:
    """outcome: selected, reserve, not_selected, open while the money is not decided, tied while it hangs on a tie; of a
    round that another one followed: goes_on or not_selected. award: None until it is.
    score_rank: by the scores alone, when the deliberation left another one; move_reason: for whom it moved.
    withdrew: it gave up since the round was left, where it stands as it was."""

    standing: scoring.Standing
    outcome: str
    award: Award | None
    score_rank: int | None
    move_reason: str
    withdrew: bool

    @property
    def is_told(self) -> bool:
        """Whether this round answers it: who gave up asks nothing, who goes on is answered by the next one."""
        return not self.gave_up and self.outcome != "goes_on"

    @property
    def gave_up(self) -> bool:
        return self.withdrew or (self.award is not None and self.award.state == "withdrawn")


def results(session: Session, this: Round, official: list[scoring.Standing] | None = None) -> list[Result]:
    """Of a closed round, in the order that the jury decided. official: its ranking, where the caller has it already."""
    official = ranking(session, this) if official is None else official
    rulebook = (this.frozen or {})["rulebook"]
    by_score = {s.project: s.rank for s in official}
    reasons = {str(move.project_id): move.reason for move in moves_of(session, this)}
    lines = _lines(session, this)
    waiting = undecided(session, this, official)
    going, withdrew = {str(one) for one in goes_on(session, this)}, _withdrew(session, this)
    order = decided(session, this, official)
    sharing = Counter(one.rank for one in order if one.decided_by == "tied")
    found = []
    for standing in order:
        award, pot = lines.get(standing.project, (None, None))
        if pot is None or pot.decided_at is None:
            award = None
        moved = by_score[standing.project] != standing.rank
        found.append(
            Result(
                standing,
                _outcome(
                    standing,
                    award,
                    rulebook,
                    shares=_shares(rulebook, lines),
                    waiting=bool(waiting),
                    equal=max(0, sharing[standing.rank] - 1),
                )
                if this.left_at is None
                else ("goes_on" if standing.project in going else "not_selected"),
                award,
                by_score[standing.project] if moved else None,
                reasons.get(standing.project, "") if moved else "",
                standing.project in withdrew,
            )
        )
    return found


def _withdrew(session: Session, this: Round) -> set[str]:
    if this.left_at is None:
        return set()  # out of its lists
    return {str(one.id) for one in projects_in(session, this) if one.withdrawn_at is not None}


def undecided(session: Session, this: Round, official: list[scoring.Standing] | None = None) -> list[str]:
    """The titles of the envelopes to decide before results are told; "" for the one of a call without a list.

    Those that a ranked project asks of and, as long as a ranked project asks of none, those that nobody looked at.
    """
    rulebook, lines = (this.frozen or {})["rulebook"], _lines(session, this)
    if this.left_at is not None or not _shares(rulebook, lines):
        return []
    official = ranking(session, this) if official is None else official
    ranked = [standing.project for standing in official if _ranked(standing)]
    pots = {pot.envelope_id: pot for pot in session.scalars(sa.select(Pot).where(Pot.round_id == this.id))}
    asking = {lines[project][1].id for project in ranked if project in lines}
    unasked = any(project not in lines for project in ranked)
    shared = any(pot.decided_at is not None for pot in pots.values())

    def waits(pot: Pot | None) -> bool:
        if pot is None:
            return unasked
        return pot.decided_at is None and (pot.id in asking or (unasked and not shared))

    return [one["title"] for one in envelopes_of(session, this) if waits(pots.get(one["id"]))]


def _lines(session: Session, this: Round) -> dict[str, tuple[Award, Pot]]:
    query = sa.select(Award, Pot).join(Pot, Pot.id == Award.pot_id).where(Pot.round_id == this.id)
    return {str(award.project_id): (award, pot) for award, pot in session.execute(query)}


def _shares(rulebook: Mapping[str, Any], lines: Mapping[str, Any]) -> bool:
    """Whether money is shared out: the rulebook has envelopes, or the secretary wrote what the projects ask for."""
    return bool(rulebook.get("envelopes") or lines)


def _ranked(standing: scoring.Standing) -> bool:
    return standing.rank is not None and not standing.eliminated


def _outcome(
    standing: scoring.Standing,
    award: Award | None,
    rulebook: Mapping[str, Any],
    *,
    shares: bool,
    waiting: bool,
    equal: int,
) -> str:
    """equal: how many others share the rank, as nothing has told them apart yet."""
    if award is not None:
        return _BY_AWARD.get(award.state, "not_selected")
    if shares:
        return "open" if waiting and _ranked(standing) else "not_selected"
    first, last = (
        rules.result_of(rank, standing.eliminated, rulebook) for rank in (standing.rank, (standing.rank or 1) + equal)
    )
    return first if not equal or first == last else "tied"


def outcomes(found: Sequence[Result]) -> dict[str, str]:
    return {one.standing.project: one.outcome for one in found}


def distances(found: Sequence[Result]) -> Mapping[str, Fraction]:
    """How far each project is from the last selected one, in points on 20; below it is negative. Where money is shared
    out: from the last one that the same envelope helps."""
    last = {_pot(one): one.standing.score for one in found if one.outcome in ("selected", "goes_on")}
    return {
        one.standing.project: one.standing.score - line
        for one in found
        if one.standing.score is not None and (line := last.get(_pot(one))) is not None
    }


def passed_over(session: Session, this: Round, found: Sequence[Result]) -> Mapping[str, str]:
    """Why a project is not helped that scored more than the last one that is, where nothing else of its result says
    it: "envelope" when what it needs was more than what its better ones left of it, "jury" when the jury so decided."""
    pots = {pot.id: pot for pot in pots_of(session, this.id)}
    more = {project for project, distance in distances(found).items() if distance > 0}
    reasons = {}
    for one in found:
        award, told = one.award, one.standing.eliminated or one.score_rank is not None
        if award is None or award.rank is None or award.amount or told or one.standing.project not in more:
            continue
        pot = pots[award.pot_id]
        better = (other.award for other in found if _pot(other) == pot.id and other.award)
        taken = sum(
            terms_of(pot).weight(b.amount, b.asked_yearly) for b in better if b.rank is not None and b.rank < award.rank
        )
        least = award.minimum if award.minimum is not None and pot.partial else award.asked
        fits = terms_of(pot).weight(least, award.asked_yearly) <= pot.envelope - taken
        reasons[one.standing.project] = "jury" if fits else "envelope"
    return reasons


def _pot(one: Result) -> uuid.UUID | None:
    return one.award.pot_id if one.award is not None else None
