"""Step 2 of nine: a structure lends days of its people, a project gets some. Next: rules/skills.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.skills import SkillMatch, SkillNeed, SkillOffer
from services.registration.queries.skills import left_of
from services.registration.rules import skills as rules
from services.registration.rules.choices import N_
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.question_library import GOALS
from services.registration.use_cases import structures
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError


@dataclass(frozen=True)
class Draft:
    """An offer as the form gives it."""

    skills: str
    days: int
    goals: Sequence[str] = ()
    zones: Sequence[str] = ()
    until: dt.date | None = None


def offer(session: Session, structure_id: uuid.UUID, draft: Draft, now: dt.datetime, *, who: str) -> SkillOffer:
    """Note what a structure lends. Raises RuleError, beside the field."""
    if draft.until is not None and draft.until < now.astimezone(PARIS).date():
        raise RuleError("skills-past", N_("Ce jour est passé."), field="until", status=422)
    structures.get(session, structure_id, lock=True).known = True
    values = asdict(draft) | {
        "goals": [key for key in GOALS if key in draft.goals],
        "zones": [key for key in ZONES if key in draft.zones],
    }
    row = SkillOffer(structure_id=structure_id, created_at=now, **values)
    session.add(row)
    session.flush()
    _record(session, row, "skills offered", {"skills": row.skills, "days": row.days}, now, who)
    return row


def withdraw(session: Session, offer_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """It stands no more; what was agreed stays. Again changes nothing."""
    row = _find(session, offer_id)
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        _record(session, row, "skills withdrawn", {"skills": row.skills}, now, who)


def agree(
    session: Session, offer_id: uuid.UUID, application_id: uuid.UUID, days: int, now: dt.datetime, *, who: str
) -> SkillMatch:
    """Some of its days go to a project. Raises RuleError: more than are left, over, or agreed already."""
    row = _find(session, offer_id)
    need = session.get(SkillNeed, application_id)
    today = now.astimezone(PARIS).date()
    if need is None or need.gone_at is not None or not row.stands(today):
        raise RuleError("skills-gone", N_("Cette offre ou ce besoin n’est plus là : rechargez la page."))
    rules.check_days(days, left_of(session, row))
    made = session.execute(
        insert(SkillMatch)
        .values(offer_id=row.id, application_id=application_id, days=days, agreed_on=today)
        .on_conflict_do_nothing(index_elements=["offer_id", "application_id"])
        .returning(SkillMatch)
    ).scalar_one_or_none()
    if made is None:
        raise RuleError("skills-agreed", N_("Cette offre aide déjà ce projet."))
    _record(session, row, "skills agreed", {"project": need.title, "days": days}, now, who)
    return made


def note_done(session: Session, match_id: uuid.UUID, days: int, now: dt.datetime, *, who: str) -> None:
    """How many of the days are done by now. Raises RuleError beyond what was agreed."""
    match = _match(session, match_id)
    if not 0 <= days <= match.days:
        raise RuleError("skills-done", N_("Pas plus de jours que convenu."), field="days", status=422)
    before, match.done = match.done, days
    if before != days:
        _record(session, _find(session, match.offer_id), "skilled days done", {"done": days}, now, who)


def undo(session: Session, match_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """It was agreed by mistake: its days are free again. Raises RuleError once some are done."""
    match = _match(session, match_id)
    if match.done:
        raise RuleError("skills-begun", N_("Des jours sont faits : ils restent comptés."))
    _record(session, _find(session, match.offer_id), "skills not agreed after all", {"days": match.days}, now, who)
    session.delete(match)


def note_need(session: Session, data: Mapping[str, Any], at: dt.datetime, *, stands: bool = True) -> None:
    """What the jury told of an application: the skills that its project lacks, or none any more."""
    need = data.get("need") if stands else None
    if need is None:
        gone = sa.update(SkillNeed).where(
            SkillNeed.application_id == data["application_id"], SkillNeed.gone_at.is_(None)
        )
        session.execute(gone.values(gone_at=at))
        return
    values = {
        "structure": data.get("structure", ""),
        "title": data["project_title"],
        "about": data["call_title"],
        "told_at": at,
        "gone_at": None,
    } | {name: need[name] for name in ("skills", "goals", "place", "days")}
    row = insert(SkillNeed).values(application_id=data["application_id"], **values)
    session.execute(row.on_conflict_do_update(index_elements=["application_id"], set_=values))


def expire(session: Session, long_ago: dt.datetime, *, dry_run: bool = False) -> int:
    """What a project lacked goes once it was told before `long_ago` and nobody helped, or is counted.

    Where somebody helped, the days stay for the reports."""
    helped = sa.exists().where(SkillMatch.application_id == SkillNeed.application_id)
    old = list(session.scalars(sa.select(SkillNeed.application_id).where(SkillNeed.told_at < long_ago, ~helped)))
    if not dry_run:
        session.execute(sa.delete(SkillNeed).where(SkillNeed.application_id.in_(old)))
    return len(old)


def _find(session: Session, offer_id: uuid.UUID) -> SkillOffer:
    """Locked: who agrees counts the days that are left."""
    found = session.get(SkillOffer, offer_id, with_for_update=True)
    if found is None:
        raise NotFound("offer-unknown", N_("Cette offre n’existe pas."))
    return found


def _match(session: Session, match_id: uuid.UUID) -> SkillMatch:
    found = session.get(SkillMatch, match_id, with_for_update=True)
    if found is None:
        raise NotFound("match-unknown", N_("Cet accord n’existe plus."))
    return found


def _record(session: Session, row: SkillOffer, what: str, after: dict[str, Any], now: dt.datetime, who: str) -> None:
    audit.record(
        session, who=who, what=what, thing="structure", thing_id=row.structure_id, before=None, after=after, now=now
    )
