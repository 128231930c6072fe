"""The rounds of a call, what each is over and who sits in it: all of its call, or what was chosen for it.

Once the next round is made, a round stands as it was: who gives up or is recused later is so for the next one alone.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Juror, Project, Recusal, Round, RoundJuror, RoundProject


def rounds_of(session: Session, call_id: uuid.UUID) -> list[Round]:
    return list(session.scalars(sa.select(Round).where(Round.call_id == call_id).order_by(Round.number)))


def newest_round(session: Session, call_id: uuid.UUID) -> Round:
    """The round that a call is at."""
    return session.scalars(
        sa.select(Round).where(Round.call_id == call_id).order_by(Round.number.desc()).limit(1)
    ).one()


def last_round_of(session: Session, juror: Juror) -> Round:
    """The newest round that this member sits in."""
    return next(this for this in reversed(rounds_of(session, juror.call_id)) if sits(session, this, juror))


def last_round_with(session: Session, project: Project) -> Round:
    """The newest round that is over this project: the one that answers it."""
    newest_first = reversed(rounds_of(session, project.call_id))
    return next(this for this in newest_first if project in projects_in(session, this, withdrawn=True))


def former_round(session: Session, this: Round) -> Round | None:
    query = sa.select(Round).where(Round.call_id == this.call_id, Round.number == this.number - 1)
    return session.scalar(query)


def goes_on(session: Session, this: Round) -> set[uuid.UUID]:
    """The projects that the next round is over; none before it is made."""
    after = sa.select(Round.id).where(Round.call_id == this.call_id, Round.number == this.number + 1)
    return set(session.scalars(sa.select(RoundProject.project_id).where(RoundProject.round_id.in_(after))))


def in_round(this: Round) -> sa.ColumnElement[bool]:
    """Projects that the round is over, those that gave up too."""
    if this.chosen:
        return Project.id.in_(sa.select(RoundProject.project_id).where(RoundProject.round_id == this.id))
    return Project.call_id == this.call_id


def sits_in(this: Round) -> sa.ColumnElement[bool]:
    """Members of the jury of the round."""
    if this.chosen:
        return Juror.id.in_(sa.select(RoundJuror.juror_id).where(RoundJuror.round_id == this.id))
    return Juror.call_id == this.call_id


def standing_in(this: Round) -> sa.Select[uuid.UUID]:
    """The ids of the projects that the round is over and that stand in it."""
    return sa.select(Project.id).where(in_round(this), _stands(this))


def _stands(this: Round) -> sa.ColumnElement[bool]:
    if this.left_at is None:
        return Project.withdrawn_at.is_(None)
    return sa.or_(Project.withdrawn_at.is_(None), Project.withdrawn_at > this.left_at)


def stands(session: Session, this: Round, project_id: uuid.UUID) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(Project.id == project_id, in_round(this), _stands(this)))))


def projects_in(session: Session, this: Round, *, withdrawn: bool = False) -> list[Project]:
    """Those of the round that stand, by number; with `withdrawn`, those that gave up too."""
    query = sa.select(Project).where(in_round(this)).order_by(Project.number)
    return list(session.scalars(query if withdrawn else query.where(_stands(this))))


def jurors_in(session: Session, this: Round) -> list[Juror]:
    order = (sa.func.lower(Juror.last_name), sa.func.lower(Juror.first_name), Juror.id)
    return list(session.scalars(sa.select(Juror).where(sits_in(this)).order_by(*order)))


def sits(session: Session, this: Round, juror: Juror) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(Juror.id == juror.id, sits_in(this)))))


def recusals_in(session: Session, this: Round, *, lifted: bool = False) -> list[Recusal]:
    """Standing recusals of its jurors for its projects, oldest first; with `lifted`, those that were lifted too."""
    query = (
        sa.select(Recusal)
        .join(Juror, Juror.id == Recusal.juror_id)
        .join(Project, Project.id == Recusal.project_id)
        .where(sits_in(this), in_round(this))
        .order_by(Recusal.declared_at, Recusal.id)
    )
    if this.left_at is not None:
        query = query.where(Recusal.declared_at <= this.left_at)
    return list(session.scalars(query if lifted else query.where(recusal_stands(this))))


def recusal_stands(this: Round) -> sa.ColumnElement[bool]:
    """That a recusal stands in the round."""
    if this.left_at is None:
        return Recusal.lifted_at.is_(None)
    return sa.and_(
        Recusal.declared_at <= this.left_at, sa.or_(Recusal.lifted_at.is_(None), Recusal.lifted_at > this.left_at)
    )
