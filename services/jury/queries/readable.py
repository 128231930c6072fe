"""What was filed, as far as the jurors of a round may read it."""

from __future__ import annotations

import hashlib
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Attachment, Device, Juror, Opinion, Project, Recusal, Round
from services.jury.queries.rounds import recusal_stands, stands
from services.jury.queries.scores import assigned


def dossiers_to_read(session: Session, this: Round) -> dict[uuid.UUID, str]:
    """Project to a short mark of what its jurors read of the application behind it; without one there is nothing more
    to read, nor once the minutes are signed. The mark changes with the papers that stand, and with what a blind round
    leaves out."""
    if this.state == "signed":
        return {}
    papers = sa.func.array_agg(sa.cast(Attachment.id, sa.Text).op("ORDER BY")(Attachment.id)).filter(
        Attachment.id.is_not(None)
    )
    query = (
        sa.select(Application.project_id, Application.filed_hash, Application.supplement, papers)
        .outerjoin(Attachment, sa.and_(Attachment.application_id == Application.id, Attachment.removed_at.is_(None)))
        .where(Application.call_id == this.call_id, Application.project_id.is_not(None))
        .group_by(Application.id)
    )
    said = _opinions(session, this) if shows_opinions(this) else {}
    return {
        project: hashlib.sha256(repr((this.blind, *rest, *said.get(project, ()))).encode()).hexdigest()[:16]
        for project, *rest in session.execute(query)
        if project is not None
    }


def shows_opinions(this: Round) -> bool:
    """Whether its jurors read what experts say of a project, as its rulebook was at the opening. Not in a blind round:
    an opinion names whom it is about."""
    return not this.blind and bool((this.frozen or {}).get("rulebook", {}).get("opinions_shown"))


def _opinions(session: Session, this: Round) -> dict[uuid.UUID, list[str]]:
    """Project → when each opinion on it was given."""
    query = (
        sa.select(Opinion.project_id, Opinion.answered_at)
        .join(Project, Project.id == Opinion.project_id)
        .where(Project.call_id == this.call_id, Opinion.state == "given")
        .order_by(Opinion.answered_at, Opinion.id)
    )
    found: dict[uuid.UUID, list[str]] = {}
    for project, at in session.execute(query):
        found.setdefault(project, []).append(str(at))
    return found


def readable(session: Session, device: Device, project_id: uuid.UUID) -> Application | None:
    """The application behind a project, for the juror of this tablet; None when it is not theirs to read, or not
    before they have said to which projects they are close."""
    this = session.get_one(Round, device.round_id)
    if this.state in ("draft", "signed") or not stands(session, this, project_id):
        return None
    if session.get_one(Juror, device.juror_id).confirmed_at is None:
        return None
    given = assigned(session, this, device.juror_id)
    if given is not None and (device.juror_id, project_id) not in given:
        return None
    recused = sa.select(Recusal.id).where(
        Recusal.juror_id == device.juror_id, Recusal.project_id == project_id, recusal_stands(this)
    )
    if session.scalar(recused.limit(1)) is not None:
        return None
    return session.scalar(sa.select(Application).where(Application.project_id == project_id))
