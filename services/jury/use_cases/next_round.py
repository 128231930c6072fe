"""Step 2 of a second round: the best of a closed round go on, before the jury that is named for it. Next: models.

The round that is left keeps what it was over and who sat in it, so that it can be recomputed for ever; its minutes tell
who goes on, and its results go to those who do not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Juror, Round, RoundJuror, RoundProject
from services.jury.use_cases.calls import find_call, find_round
from services.jury.use_cases.deliberation import refuse_tied
from services.jury.use_cases.tablets import expire_codes
from shared import audit
from shared.errors import NotFound, RuleError

SHORTEST_REASON = 10


def make(session: Session, round_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> Round:
    """The round that follows this one, to prepare like the first. data: title, projects and jurors (ids), shows_former,
    reason, asked for when the projects are not the best ones of the ranking.

    Tablets stay with the round that is left until they are paired with another: what they still hold comes to its tray,
    and each juror reads their own severity there."""
    call = find_call(session, find_round(session, round_id).call_id, lock=True)
    # Every juror, then the round: the order in which tablets take their locks.
    session.execute(sa.select(Juror.id).where(Juror.call_id == call.id).order_by(Juror.id).with_for_update())
    this = find_round(session, round_id, lock=True)
    _refuse_unready(session, this)
    projects = queries.projects_in(session, this, withdrawn=True)
    jurors = queries.jurors_in(session, this)
    wanted, sitting = set(data["projects"]), set(data["jurors"])
    if not wanted:
        raise RuleError("no-projects", "Choisissez au moins un projet pour le tour suivant.", field="projects")
    if not wanted <= {one.id for one in projects if one.withdrawn_at is None}:
        raise NotFound("unknown-project", "Un de ces projets ne fait pas partie de ce tour, ou s’est retiré.")
    if not sitting:
        raise RuleError("no-jurors", "Choisissez au moins un membre du jury pour le tour suivant.", field="jurors")
    if not sitting <= {one.id for one in jurors if one.away_since is None}:
        raise NotFound("unknown-juror", "Un de ces membres ne siège pas dans ce tour, ou l’a quitté.")
    for group in queries.open_ties(session, this):
        inside = wanted & {uuid.UUID(one) for one in group}
        if inside and len(inside) < len(group):
            refuse_tied(session, this, group)
    if not is_best(session, this, wanted) and len(data["reason"].strip()) < SHORTEST_REASON:
        raise RuleError(
            "reason",
            "Ces projets ne sont pas les premiers du classement : écrivez pourquoi, le procès-verbal le dira.",
            field="reason",
        )
    if not this.chosen:
        _name(session, this, {one.id for one in projects}, {one.id for one in jurors})
    this.chosen, this.left_at, this.choice, this.version = True, now, data["reason"].strip(), this.version + 1
    found = Round(
        call_id=call.id,
        number=this.number + 1,
        title=data["title"],
        chosen=True,
        shows_former=data["shows_former"],
        created_at=now,
    )
    session.add(found)
    session.flush()
    _name(session, found, wanted, sitting)
    expire_codes(session, [one.id for one in jurors], now)
    after = {"title": found.title, "projects": len(wanted), "jurors": len(sitting), "reason": this.choice}
    _note(session, this, who, "made the next round", after, now)
    return found


def take_back(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> Round:
    """The next round was made by mistake: it goes, as long as nothing hangs on it, and its former round is the last
    one again. Returns that one."""
    find_call(session, find_round(session, round_id).call_id, lock=True)
    this = find_round(session, round_id, lock=True)
    former = queries.former_round(session, this)
    if former is None:
        raise NotFound("first-round", "Ce tour est le premier : il ne s’annule pas.")
    session.refresh(former, with_for_update=True)
    begun = RuleError("round-begun", "Ce tour est déjà préparé, ou le précédent signé : il ne s’annule plus.")
    appointed = {one.id for one in queries.jurors_in(session, this)} - {
        one.id for one in queries.jurors_in(session, former)
    }
    if this.state != "draft" or former.state != "closed" or appointed:
        raise begun
    first = former.number == 1
    try:
        with session.begin_nested():
            for model in (RoundProject, RoundJuror):
                session.execute(sa.delete(model).where(model.round_id.in_([this.id, *([former.id] if first else [])])))
            session.delete(this)
    except IntegrityError as error:  # readings, a running order, mails or codes name it
        raise begun from error
    former.left_at, former.choice, former.chosen, former.version = None, "", not first, former.version + 1
    _note(session, former, who, "took the next round back", None, now)
    return former


def is_best(session: Session, this: Round, projects: Collection[uuid.UUID]) -> bool:
    """Whether these are the first of the ranking that the jury decided, as many as they are."""
    best = queries.official_order(session, this)[: len(projects)]
    return {str(one) for one in projects} == set(best)


def _refuse_unready(session: Session, this: Round) -> None:
    if this.left_at is not None:
        raise RuleError("round-left", "Le tour suivant est déjà fait.")
    if this.state == "signed":
        raise RuleError("round-state", "Le procès-verbal est signé : il dit déjà la décision, ce tour est le dernier.")
    if this.state != "closed":
        raise RuleError("round-state", "Clôturez d’abord le tour : le suivant se fait sur un classement arrêté.")
    if queries.waiting_late(session, this.id):
        raise RuleError("late-waiting", "Des saisies tardives attendent : tranchez-les avant de choisir qui continue.")
    if queries.pots_of(session, this.id):
        raise RuleError("awards-set", "Une enveloppe est fixée sur ce tour : il est donc le dernier.")


def _name(session: Session, this: Round, projects: Collection[uuid.UUID], jurors: Collection[uuid.UUID]) -> None:
    """Write down what the round is over and who sits in it."""
    session.add_all(RoundProject(round_id=this.id, project_id=one) for one in projects)
    session.add_all(RoundJuror(round_id=this.id, juror_id=one) for one in jurors)
    session.flush()


def _note(session: Session, this: Round, who: str, what: str, after: dict[str, Any] | None, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="round", thing_id=this.id, before=None, after=after, now=now)
