"""What the desk of the deliberation shows: every envelope of a round under what the chair tries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.jury import desk, scoring
from services.jury.models import Award, Pot, Project, Round
from services.jury.queries.awards import award_table, envelopes_of, terms_of, wish
from services.jury.queries.deliberation import decided, what_if


@dataclass(frozen=True)
class Tried:
    """One envelope. `wanted`: its cents on the desk. `lines`: in the order that is tried, then those without a rank.
    `trials`: "stop", then "skip"."""

    envelope: Mapping[str, Any]
    pot: Pot
    wanted: int
    lines: Sequence[tuple[Award, Project]]
    trials: Sequence[desk.Trial]


@dataclass(frozen=True)
class Desk:
    """`standings`: the ranking that is tried, with the ranks that the jury moved."""

    standings: Sequence[scoring.Standing]
    pots: Sequence[Tried]


def try_out(
    session: Session,
    this: Round,
    *,
    weights: Mapping[str, int],
    without: str | None,
    wanted: Mapping[str, int],
    partial: bool,
) -> Desk:
    """wanted: cents by envelope id; an envelope that is not named keeps its sum. Nothing is written."""
    today = _places(decided(session, this))
    standings = decided(session, this, what_if(session, this, weights, without))
    tried = _places(standings)
    pots = []
    for envelope in envelopes_of(session, this):
        table = award_table(session, this, envelope["id"])
        if table is None:
            continue
        standing = [line for line in table.lines if line[0].state != "withdrawn"]
        wishes = {str(project.id): wish(award) for award, project in standing}
        cents = wanted.get(envelope["id"], table.pot.envelope)
        found = desk.trials(
            [wishes[project] for project in today if project in wishes],
            [wishes[project] for project in tried if project in wishes],
            table.pot.envelope,
            cents,
            partial=partial,
            terms=terms_of(table.pot),
        )
        lines = sorted(standing, key=lambda line: tried.get(str(line[1].id), len(tried) + 1))
        pots.append(Tried(envelope, table.pot, cents, lines, found))
    return Desk(standings, pots)


def _places(standings: Sequence[scoring.Standing]) -> dict[str, int]:
    """Project → its place, best first, of those that are ranked and not eliminated."""
    ranked = [s.project for s in standings if s.rank is not None and not s.eliminated]
    return {project: place for place, project in enumerate(ranked, start=1)}
