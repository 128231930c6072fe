"""Step 2 of taking an application back: erase a draft, withdraw what was filed, undo it. Next: models, announce.py.

A project that is withdrawn before the jury's decision is in no list any more (queries.projects_in); once the money is
shared out it is its award that is given back (awards.py), for the ranking stands by then.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, queries, tandems
from services.jury.models import (
    Application,
    ApplicationLink,
    ApplicationVersion,
    Attachment,
    Award,
    Juror,
    Pitch,
    Pot,
    Project,
    Reading,
    Round,
    Stage,
)
from services.jury.queries.mails import FATES
from services.jury.use_cases import applications, awards, corrections, erasing, slots
from services.jury.use_cases import tandems as halves
from services.jury.use_cases.calls import find_call, find_round, touch_rounds
from shared import audit
from shared.errors import NotFound, RuleError

UNDONE_WITHIN = dt.timedelta(days=7)
"""How long the staff may undo a withdrawal."""

Way = Literal["project", "award", "closed"]


def erase_draft(session: Session, token: str, *, now: dt.datetime) -> None:
    """The bearer gives a draft up: nothing of it stays but a line of the journal without a name.

    One half of a tandem gives up its own part alone, where there is another."""
    application = applications.open_link(session, token, lock=True)
    if application.state != "draft":
        raise RuleError("already-filed", "Ce dossier est déposé : il se retire, avec un motif.")
    half = applications.half_of(session, token)
    if half and tandems.is_here(application.content, tandems.other(half)):
        halves.leave(session, application, half, now=now)
        return
    for model in (ApplicationLink, ApplicationVersion, Attachment):
        session.execute(sa.delete(model).where(model.application_id == application.id))
    erasing.forget_history(session, "application", [application.id])
    FATES.forget(session, [application.id])
    applications.note(session, application, "erased a draft", now, who="applicant")
    session.delete(application)


def way_of(session: Session, application: Application) -> Way:
    """What a withdrawal takes back now: the "project", its "award", or nothing, since the jury's answer is "closed"."""
    if application.project_id is None:
        return "project"
    this = queries.last_round_with(session, session.get_one(Project, application.project_id))
    if this.published_at is not None:
        return "closed"
    if this.left_at is not None:  # nobody learns before the results that it goes on no more
        return "project"
    if this.state == "signed":  # for whoever got nothing too: the page tells no answer before the results
        return "closed"
    return "project" if _award(session, this, application.project_id, held=True) is None else "award"


def withdraw(session: Session, token: str, why: str, *, site: str, now: dt.datetime) -> Application:
    """The bearer takes a filed application back, before the results; proof goes by mail. Twice changes nothing."""
    application = applications.open_link(session, token, lock=True)
    if application.state == "draft":
        raise RuleError("draft", "Ce dossier n’est pas déposé : effacez le brouillon.")
    if application.withdrawn_at is not None:
        return application
    if not why.strip():
        raise RuleError("reason", "Écrivez pourquoi, en quelques mots : l’organisateur le lira.", field="why")
    _take_back(session, application, why.strip(), who="applicant", now=now)
    call = find_call(session, application.call_id)
    link = applications.bearer_link(session, call, application, site=site, now=now)
    undo = undoable_until(session, application, now)
    announce.application_withdrawn(session, call, application, undo_until=undo, link=link)
    applications.tell_class(session, call, application, "withdrawn", site=site, now=now)
    return application


def _take_back(session: Session, application: Application, why: str, *, who: str, now: dt.datetime) -> None:
    if application.project_id is not None:
        project = session.get_one(Project, application.project_id)
        this = _hold(session, project)
        way = way_of(session, application)
        if way == "closed":
            raise RuleError(
                "answered", "Le jury a rendu sa réponse : pour renoncer à présent, écrivez à l’organisateur de l’appel."
            )
        if way == "award":
            award = _award(session, this, application.project_id, held=True)
            assert award is not None
            awards.withdraw(session, this.id, award.id, who=who, now=now)
        else:
            _leave(session, this, project, why, who=who, now=now)
    if application.correction is not None:
        corrections.drop(session, application, now)
    application.withdrawn_at, application.withdrawn_why, application.updated_at = now, why, now
    applications.note(session, application, "withdrew", now, who=who, after={"why": why})


def withdraw_project(session: Session, project_id: uuid.UUID, why: str, *, who: str, now: dt.datetime) -> Project:
    """The staff notes that a project that nobody filed here gives up: it is in no list of the jury any more."""
    project = session.get(Project, project_id)
    if project is None:
        raise NotFound("unknown-project", "Ce projet n’existe pas.")
    if not why.strip():
        raise RuleError("reason", "Écrivez pourquoi ce projet se retire.", field="why")
    this = _hold(session, project)
    session.refresh(project, with_for_update=True)
    if project.withdrawn_at is not None:
        return project
    if queries.application_of(session, project.id) is not None:
        raise RuleError("filed-here", "Ce projet a un dossier : son porteur le retire par son lien.")
    if this.left_at is not None:
        raise RuleError("stopped", "Ce projet s’est arrêté à un tour précédent : il n’a plus rien à retirer.")
    if this.state == "signed" or _award(session, this, project.id, held=True) is not None:
        raise RuleError("decided", "Les aides sont décidées, ou le procès-verbal signé : voyez la page « Aides ».")
    _leave(session, this, project, why.strip(), who=who, now=now)
    return project


def restore(session: Session, application_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> Application:
    """Undo a withdrawal: the application stands where it stood; its bearer is told."""
    application = session.get(Application, application_id, with_for_update=True)
    if application is None or application.withdrawn_at is None:
        raise NotFound("not-withdrawn", "Ce dossier n’est pas retiré.")
    if "bearer_email" not in application.content:
        raise RuleError("erased-bearer", "Le nom de qui a déposé ce dossier est effacé : il ne revient plus.")
    _refuse_old(application.withdrawn_at, now)
    if application.project_id is not None:
        _come_back(session, session.get_one(Project, application.project_id), who=who, now=now)
    application.withdrawn_at, application.withdrawn_why, application.updated_at = None, "", now
    session.flush()
    call = find_call(session, application.call_id)
    link = applications.bearer_link(session, call, application, site=site, now=now)
    announce.application_restored(session, call, application, link=link)
    applications.tell_class(session, call, application, "reviewed", undone=True, site=site, now=now)
    applications.note(session, application, "undid a withdrawal", now, who=who)
    return application


def restore_project(session: Session, project_id: uuid.UUID, *, who: str, now: dt.datetime) -> Project:
    """Undo what the staff noted of a project that nobody filed here."""
    project = session.get(Project, project_id, with_for_update=True)
    if project is None or project.withdrawn_at is None:
        raise NotFound("not-withdrawn", "Ce projet n’est pas retiré.")
    if queries.application_of(session, project.id) is not None:
        raise RuleError("filed-here", "Ce projet a un dossier : rétablissez-le sur la page du dossier.")
    _refuse_old(project.withdrawn_at, now)
    _come_back(session, project, who=who, now=now)
    return project


def may_undo(withdrawn_at: dt.datetime, now: dt.datetime) -> bool:
    return now < withdrawn_at + UNDONE_WITHIN


def undoable_until(session: Session, application: Application, now: dt.datetime) -> dt.datetime | None:
    """Until when the staff may undo this withdrawal; None when it cannot be, or not any more."""
    if application.withdrawn_at is None or not may_undo(application.withdrawn_at, now):
        return None
    if application.project_id is not None:
        project = session.get_one(Project, application.project_id)
        this = queries.last_round_with(session, project)
        if project.withdrawn_at is None or this.state not in ("draft", "open"):
            return None
    return application.withdrawn_at + UNDONE_WITHIN


def _refuse_old(withdrawn_at: dt.datetime, now: dt.datetime) -> None:
    if not may_undo(withdrawn_at, now):
        raise RuleError("too-late", "Ce retrait date de plus de sept jours : il ne s’annule plus.")


def _hold(session: Session, project: Project) -> Round:
    """The last round that is over the project, which neither closes nor is signed meanwhile."""
    return find_round(session, queries.last_round_with(session, project).id, lock=True)


def _leave(session: Session, this: Round, project: Project, why: str, *, who: str, now: dt.datetime) -> None:
    """Out of every list of a round that is not left, and no result to receive."""
    project.withdrawn_at, project.withdrawn_why = now, why
    if this.left_at is None:
        _make_room(session, this, project, who=who, now=now)
    touch_rounds(session, this.call_id)
    _note(session, project, "withdrew", {"why": why}, who, now)


def _make_room(session: Session, this: Round, project: Project, *, who: str, now: dt.datetime) -> None:
    """Its readings come free, its place in the running order closes, its wish counts no more."""
    mine = sa.update(Reading).where(
        Reading.round_id == this.id, Reading.project_id == project.id, Reading.taken_at.is_(None)
    )
    session.execute(mine.values(taken_at=now, taken_by=who, reason="projet retiré"))
    stage = session.get(Stage, this.id)
    if stage is not None and stage.project_id == project.id:
        stage.phase, stage.project_id, stage.ends_at, stage.seconds_left = "idle", None, None, None
        session.flush()
    session.execute(sa.delete(Pitch).where(Pitch.round_id == this.id, Pitch.project_id == project.id))
    if (award := _award(session, this, project.id)) is not None:
        award.state, award.changed_at = "withdrawn", now
    slots.take_back(session, this, project, now)


def _come_back(session: Session, project: Project, *, who: str, now: dt.datetime) -> None:
    """Into every list again, with the readers it had who are still there; last in the running order."""
    if project.withdrawn_at is None:
        raise RuleError("given-back", "Son aide a été rendue et proposée à d’autres : ce retrait ne s’annule plus.")
    this = _hold(session, project)
    if this.state not in ("draft", "open"):
        raise RuleError("round-closed", "Le tour est clos depuis : ce projet ne revient plus devant le jury.")
    left = project.withdrawn_at
    if session.get(Stage, this.id) is not None:
        last = session.scalar(sa.select(sa.func.max(Pitch.position)).where(Pitch.round_id == this.id)) or 0
        session.add(Pitch(round_id=this.id, project_id=project.id, position=last + 1))
    if (award := _award(session, this, project.id)) is not None:
        award.state, award.changed_at = "asked", now
    project.withdrawn_at, project.withdrawn_why = None, ""
    _give_back(session, this, project, left, who=who, now=now)
    touch_rounds(session, this.call_id)
    _note(session, project, "undid a withdrawal", None, who, now)


def _give_back(
    session: Session, this: Round, project: Project, left: dt.datetime, *, who: str, now: dt.datetime
) -> None:
    """To those who read it when it left. Of a member who went meanwhile only a complete sheet counts, as elsewhere."""
    mine = sa.select(Reading.juror_id).where(
        Reading.round_id == this.id, Reading.project_id == project.id, Reading.taken_at == left
    )
    readers = set(session.scalars(mine))
    session.add_all(
        Reading(round_id=this.id, juror_id=juror, project_id=project.id, given_at=now, given_by=who)
        for juror in readers
    )
    session.flush()
    away = sa.select(Juror.id).where(Juror.id.in_(readers), Juror.away_since.is_not(None))
    done = {juror for juror, what in queries.complete_sheets(session, this) if what == project.id}
    open_ones = sa.update(Reading).where(
        Reading.round_id == this.id,
        Reading.project_id == project.id,
        Reading.taken_at.is_(None),
        Reading.juror_id.in_(away),
        ~Reading.juror_id.in_(done),
    )
    session.execute(open_ones.values(taken_at=now, taken_by=who, reason="membre parti"))


def _award(session: Session, this: Round, project_id: uuid.UUID, *, held: bool = False) -> Award | None:
    """What the project asks of a pot of the round; held: only once that is shared out, and there is something to give
    back."""
    query = sa.select(Award).join(Pot, Pot.id == Award.pot_id)
    query = query.where(Pot.round_id == this.id, Award.project_id == project_id)
    if held:
        query = query.where(Pot.decided_at.is_not(None), ~Award.state.in_(["withdrawn", "refused"]))
    return session.scalar(query)


def _note(
    session: Session, project: Project, what: str, after: dict[str, Any] | None, who: str, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="project", thing_id=project.id, before=None, after=after, now=now)
