"""Step 2 of the chair's way in: the secretary makes a link, the chair opens it. Next: models/chairs.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import ChairLink, Juror, Round
from services.jury.use_cases.calls import lock_juror
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError

LASTS = dt.timedelta(days=30)


def make_link(session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, *, who: str, now: dt.datetime) -> str:
    """A new link for a member who chairs; those before it open nothing any more. Shown once: only its hash is kept."""
    juror = lock_juror(session, juror_id)
    if juror.call_id != call_id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    if not juror.chairs or juror.away_since is not None:
        raise RuleError("not-chair", "Ce lien n’est que pour qui préside le jury.")
    _end(session, juror.id, now)
    token = new_token()
    link = ChairLink(token_hash=hash_token(token), juror_id=juror.id, made_at=now, made_by=who, expires_at=now + LASTS)
    session.add(link)
    _note(session, who, "made a link for the chair", juror.id, now)
    return token


def end_links(session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The chair's link opens nothing from now on, on whatever device."""
    juror = lock_juror(session, juror_id)
    if juror.call_id != call_id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    _end(session, juror.id, now)
    _note(session, who, "ended the link of the chair", juror.id, now)


def of_link(session: Session, token: str, now: dt.datetime) -> Juror | None:
    """Who chairs by this link, as long as they do."""
    query = (
        sa.select(Juror)
        .join(ChairLink, ChairLink.juror_id == Juror.id)
        .where(ChairLink.token_hash == hash_token(token), ChairLink.expires_at > now)
    )
    juror = session.scalar(query)
    return juror if juror is not None and juror.chairs and juror.away_since is None else None


def is_recused(session: Session, this: Round, juror: Juror) -> bool:
    """Whether a conflict of this member stands with any project of the round."""
    return any(one.juror_id == juror.id for one in queries.recusals_in(session, this))


def _end(session: Session, juror_id: uuid.UUID, now: dt.datetime) -> None:
    mine = sa.update(ChairLink).where(ChairLink.juror_id == juror_id, ChairLink.expires_at > now)
    session.execute(mine.values(expires_at=now))


def _note(session: Session, who: str, what: str, juror_id: uuid.UUID, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="juror", thing_id=juror_id, before=None, after=None, now=now)
