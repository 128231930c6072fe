"""The statutes that an assembly may be held under: the association's own versions, then the models."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, StatutesVersion
from services.registration.rules.assembly.statutes import PRESETS, Statutes, from_json


@dataclass(frozen=True)
class Offer:
    """title: a version's own, or a model's to translate. version: None for a model."""

    title: str
    rules: Statutes
    version: StatutesVersion | None = None


def versions(session: Session) -> Sequence[StatutesVersion]:
    """The latest first."""
    return session.scalars(sa.select(StatutesVersion).order_by(StatutesVersion.number.desc())).all()


def offers(session: Session) -> dict[str, Offer]:
    """By version id or model name, what a choice of statutes shows first to last."""
    own = {str(one.id): Offer(one.title, from_json(one.rules), one) for one in versions(session)}
    return own | {name: Offer(title, rules) for name, (title, rules) in PRESETS.items()}


def held_under(session: Session, version_id: uuid.UUID) -> Sequence[Assembly]:
    """Assemblies that point at a version, rehearsals too; the latest first."""
    query = sa.select(Assembly).where(Assembly.statutes_id == version_id)
    return session.scalars(query.order_by(Assembly.held_at.desc())).all()
