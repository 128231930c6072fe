"""Personal links: which ones open the same thing, and closing all but the one that is held."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import ApplicationLink, AwardLink, OpinionLink
from shared.db import hash_token

Model = type[ApplicationLink] | type[AwardLink] | type[OpinionLink]


def made(session: Session, model: Model, *beside: sa.ColumnElement[bool]) -> list[dt.datetime]:
    """When each of them was made, the latest first. beside: which links open the same thing."""
    return list(session.scalars(sa.select(model.issued_at).where(*beside).order_by(model.issued_at.desc())))


def close_others(session: Session, model: Model, token: str, *beside: sa.ColumnElement[bool]) -> int:
    """Every link but this one opens nothing any more. Returns how many. Called once the thing they open is locked."""
    # Looked at under the lock: of two who close each other's link at the same moment, the first stays.
    mine = sa.select(model.token_hash).where(model.token_hash == hash_token(token))
    others = sa.delete(model).where(*beside, mine.exists(), model.token_hash != hash_token(token))
    return len(session.execute(others.returning(model.token_hash)).all())
