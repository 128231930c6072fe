"""Personal links: how many go to one address, which ones open the same thing, closing all but the one that is held."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, ApplicationLink, AwardLink, OpinionLink
from shared.db import hash_token
from shared.errors import RuleError

Model = type[ApplicationLink] | type[AwardLink] | type[OpinionLink]
MOST = 5
"""Links of one application in an hour, and drafts of one address: nobody floods a mailbox by asking again."""


def refuse_flood(session: Session, call_id: uuid.UUID, field: str, email: str, now: dt.datetime) -> None:
    """Each draft is a mail to an address that anybody may type. field: where a draft says it."""
    theirs = sa.func.lower(Application.content[field].astext) == email.strip().lower()
    recent = Application.created_at > now - dt.timedelta(hours=1)
    begun = sa.select(sa.func.count()).where(Application.call_id == call_id, theirs, recent)
    if (session.scalar(begun) or 0) >= MOST:
        raise RuleError(
            "too-many-drafts",
            "Plusieurs dossiers viennent d’être commencés à cette adresse : leurs liens y sont envoyés. Pour un autre, "
            "réessayez dans une heure.",
            field="email",
        )


def made(session: Session, model: Model, *beside: sa.ColumnElement[bool]) -> list[dt.datetime]:
    """When each of them was made, the latest first. beside: which links open the same thing."""
    return list(session.scalars(sa.select(model.issued_at).where(*beside).order_by(model.issued_at.desc())))


def close_others(session: Session, model: Model, token: str, *beside: sa.ColumnElement[bool]) -> int:
    """Every link but this one opens nothing any more. Returns how many. Called once the thing they open is locked."""
    # Looked at under the lock: of two who close each other's link at the same moment, the first stays.
    mine = sa.select(model.token_hash).where(model.token_hash == hash_token(token))
    others = sa.delete(model).where(*beside, mine.exists(), model.token_hash != hash_token(token))
    return len(session.execute(others.returning(model.token_hash)).all())
