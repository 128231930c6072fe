"""Who lends which skills, which projects lack some, and who suits whom."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.skills import SkillMatch, SkillNeed, SkillOffer
from services.registration.models.structures import Structure
from services.registration.rules import skills as rules


@dataclass(frozen=True)
class Offered:
    """suited: projects to propose, the best first, each with why. matches: those it helps already."""

    offer: SkillOffer
    structure: Structure
    left: int
    matches: Sequence[tuple[SkillMatch, SkillNeed]]
    suited: Sequence[tuple[SkillNeed, Sequence[str]]]


@dataclass(frozen=True)
class Board:
    """alone: projects that no offer suits. needs: how many lack skills and are not helped yet."""

    offers: Sequence[Offered]
    alone: Sequence[SkillNeed]
    needs: int


def board(session: Session, today: dt.date) -> Board:
    """Offers that stand today, and those whose days are agreed and not done; what projects lack. Three statements."""
    lead = aliased(Structure)
    standing_now = sa.and_(SkillOffer.withdrawn_at.is_(None), sa.func.coalesce(SkillOffer.until >= today, sa.true()))
    unfinished = sa.exists().where(SkillMatch.offer_id == SkillOffer.id, SkillMatch.done < SkillMatch.days)
    standing = (
        sa.select(SkillOffer, lead)
        .join(Structure, Structure.id == SkillOffer.structure_id)
        .join(lead, lead.id == sa.func.coalesce(Structure.merged_into, Structure.id))
        .where(sa.or_(standing_now, unfinished))
        .order_by(SkillOffer.created_at.desc(), SkillOffer.id)
    )
    needs = session.scalars(
        sa.select(SkillNeed).where(SkillNeed.gone_at.is_(None)).order_by(SkillNeed.told_at.desc())
    ).all()
    matched: dict[uuid.UUID, list[tuple[SkillMatch, SkillNeed]]] = {}
    query = sa.select(SkillMatch, SkillNeed).join(SkillNeed, SkillNeed.application_id == SkillMatch.application_id)
    for match, need in session.execute(query.order_by(SkillMatch.agreed_on, SkillMatch.id)):
        matched.setdefault(match.offer_id, []).append((match, need))
    helped = {need.application_id for pairs in matched.values() for _match, need in pairs}
    free = [(need, _need(need)) for need in needs if need.application_id not in helped]
    offers, proposed = [], set()
    for offer, structure in session.execute(standing):
        own = matched.get(offer.id, [])
        left = offer.days - sum(match.days for match, _need_of in own) if offer.stands(today) else 0
        suited = rules.suited(_offer(offer, left), free)
        proposed |= {need.application_id for need, _why in suited}
        offers.append(Offered(offer, structure, left, own, suited))
    alone = [need for need, _plain in free if need.application_id not in proposed]
    return Board(offers, alone, len(free))


def _offer(row: SkillOffer, left: int) -> rules.Offer:
    return rules.Offer(row.skills, frozenset(row.goals), frozenset(row.zones), left)


def _need(row: SkillNeed) -> rules.Need:
    return rules.Need(row.skills, frozenset(row.goals), row.place, row.days)


def left_of(session: Session, offer: SkillOffer) -> int:
    taken = sa.select(sa.func.coalesce(sa.func.sum(SkillMatch.days), 0)).where(SkillMatch.offer_id == offer.id)
    return offer.days - int(session.scalar(taken) or 0)


def counted(session: Session, first: dt.date, after: dt.date) -> tuple[int, int]:
    """Days agreed in [first, after), and how many of them are done."""
    query = sa.select(sa.func.sum(SkillMatch.days), sa.func.sum(SkillMatch.done))
    agreed, done = session.execute(query.where(SkillMatch.agreed_on >= first, SkillMatch.agreed_on < after)).one()
    return int(agreed or 0), int(done or 0)
