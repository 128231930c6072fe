"""The award table of a round, and what either rule at the line would give."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import rules, selection
from services.jury.models import Award, Call, Pot, Project, Round
from services.jury.queries.deliberation import decided


@dataclass(frozen=True)
class AwardTable:
    """`lines`: best rank first, then those without one. `outcomes`: (rule, partial) → what it gives, by project id."""

    pot: Pot
    lines: Sequence[tuple[Award, Project]]
    outcomes: Mapping[tuple[selection.Rule, bool], selection.Selection]


def envelopes_of(session: Session, this: Round) -> list[dict[str, Any]]:
    """The envelopes of the rulebook that the round goes by; a call without any has one, that the secretary fixes."""
    call = session.get_one(Call, this.call_id)
    rulebook = this.frozen["rulebook"] if this.frozen else call.rulebook
    found: list[dict[str, Any]] = rulebook.get("envelopes", [])
    alone = {"id": "", "title": "", "funder": call.organiser_name, "cents": None, "per_person_cents": None}
    return found or [alone]


def pots_of(session: Session, round_id: uuid.UUID) -> list[Pot]:
    return list(session.scalars(sa.select(Pot).where(Pot.round_id == round_id).order_by(Pot.created_at, Pot.id)))


def pot_of(session: Session, this: Round, envelope_id: str | None = None) -> Pot | None:
    """The pot of that envelope; None: of the first."""
    if envelope_id is None:
        envelope_id = envelopes_of(session, this)[0]["id"]
    return session.scalar(sa.select(Pot).where(Pot.round_id == this.id, Pot.envelope_id == envelope_id))


def asking(session: Session, pot: Pot) -> list[uuid.UUID]:
    """The projects that ask something of that pot."""
    return list(session.scalars(sa.select(Award.project_id).where(Award.pot_id == pot.id)))


def terms_of(pot: Pot) -> selection.Terms:
    """How the awards of that pot weigh on it."""
    return selection.Terms(pot.years, pot.yearly, pot.unit)


def official_order(session: Session, this: Round) -> list[str]:
    """The ids of the projects that are ranked and not eliminated, best first, as the jury decided."""
    return [s.project for s in decided(session, this) if s.rank is not None and not s.eliminated]


def award_table(session: Session, this: Round, envelope_id: str | None = None) -> AwardTable | None:
    """None while that envelope (None: the first) is not set for the round.

    Until the awards are decided, lines stand in the present order.
    """
    pot = pot_of(session, this, envelope_id)
    if pot is None:
        return None
    query = sa.select(Award, Project).join(Project, Project.id == Award.project_id).where(Award.pot_id == pot.id)
    query = query.where(Project.withdrawn_at.is_(None))
    lines = [(award, project) for award, project in session.execute(query.order_by(Project.number))]
    place = {project: index for index, project in enumerate(official_order(session, this), start=1)}
    if pot.decided_at is None:
        lines.sort(key=lambda line: place.get(str(line[1].id), len(place) + 1))
    else:
        lines.sort(key=lambda line: (line[0].rank is None, line[0].rank))
    ranked = [wish(award) for award, project in lines if str(project.id) in place]
    at_the_line: tuple[selection.Rule, ...] = ("stop", "skip")
    outcomes = {
        (rule, partial): selection.select(ranked, pot.envelope, rule, partial=partial, terms=terms_of(pot))
        for rule in at_the_line
        for partial in (False, True)
    }
    return AwardTable(pot, lines, outcomes)


def award_marks(table: AwardTable | None) -> str:
    """What either rule would give goes by: the envelope, what is asked of it, and the order."""
    if table is None:
        return ""
    asked = [[str(project.id), award.asked, award.minimum, list(award.asked_yearly)] for award, project in table.lines]
    given = [[one.project for one in found.awards] for found in table.outcomes.values()]
    return rules.content_hash([table.pot.envelope, table.pot.years, asked, given])[:16]


def wish(award: Award) -> selection.Wish:
    """What selection.py needs to know of a line."""
    return selection.Wish(str(award.project_id), award.asked, award.minimum, tuple(award.asked_yearly))
