"""Step 2 of the completeness check: accept, ask for more by a date, or refuse citing the article. Next: announce.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, deadlines, queries, rules
from services.jury.models import Application, ApplicationLink, Attachment, Call, Project, Round
from services.jury.use_cases import application_papers, applications, corrections
from services.jury.use_cases.calls import find_call, touch_rounds
from services.jury.use_cases.rulebooks import version_of
from shared.errors import NotFound, RuleError

LONGEST = dt.timedelta(days=60)


def find(session: Session, application_id: uuid.UUID, *, lock: bool = False) -> Application:
    """An application that was filed; drafts are nobody's business but their authors'."""
    found = session.get(Application, application_id, with_for_update=True if lock else None)
    if found is None or found.state == "draft":
        raise NotFound("unknown-application", "Ce dossier n’existe pas, ou n’est pas encore déposé.")
    return found


def accept(
    session: Session, application_id: uuid.UUID, *, seen: str = "", site: str, who: str, now: dt.datetime
) -> Project:
    """The application is complete and becomes a project of the call. Accepting twice makes one project.

    seen: the hash of the filing that was read, here and below: nobody decides on another one."""
    application = find(session, application_id, lock=True)
    if application.project_id is not None:
        return session.get_one(Project, application.project_id)
    _refuse_withdrawn(application)
    _refuse_erased(application)
    call = find_call(session, application.call_id, lock=True)
    corrections.settle(session, application, call, seen, now)
    states = session.scalars(sa.select(Round.state).where(Round.call_id == call.id).with_for_update(read=True)).all()
    if any(state in ("closed", "signed") for state in states):
        raise RuleError("round-closed", "Le tour est clos : projets et jury ne changent plus.")
    content = (application.filed or {})["content"]
    last = session.scalar(sa.select(sa.func.max(Project.number)).where(Project.call_id == call.id)) or 0
    project = Project(
        call_id=call.id,
        number=last + 1,
        title=content["title"],
        structure=content["structure"],
        bearer_first_name=content["bearer_first_name"],
        bearer_last_name=content["bearer_last_name"],
        bearer_email=content["bearer_email"],
        country=content["place"],
        department=content["department"],
        summary=rules.clean(content["summary"]),
        language=content.get("language") or content.get("spoken", ""),
        created_at=now,
    )
    session.add(project)
    session.flush()
    application.project_id, application.state, application.updated_at = project.id, "accepted", now
    application.reason = application.article = ""
    touch_rounds(session, call.id)
    _tell(session, call, application, site, who, now)
    return project


def ask_more(
    session: Session,
    application_id: uuid.UUID,
    reason: str,
    until: dt.date,
    *,
    seen: str = "",
    site: str,
    who: str,
    now: dt.datetime,
) -> Application:
    """The applicant has until the end of that day, in Paris, to complete."""
    application = _undecided(session, application_id, seen, now)
    limit = deadlines.closing(until)
    if limit <= now or limit > now + LONGEST:
        raise RuleError("bad-date", "Donnez une date à venir, dans les soixante jours.", field="until")
    application.reason, application.complete_until = reason, limit
    application.state, application.updated_at = "to_complete", now
    _tell(session, find_call(session, application.call_id), application, site, who, now)
    return application


def refuse(
    session: Session,
    application_id: uuid.UUID,
    article: str,
    reason: str,
    *,
    seen: str = "",
    site: str,
    who: str,
    now: dt.datetime,
) -> Application:
    """Not eligible: the article of the rulebook it was filed under is cited, with the reason."""
    application = _undecided(session, application_id, seen, now)
    rulebook = version_of(session, application.call_id, application.rulebook_version or 0).content
    if article not in {one["number"] for one in rulebook["articles"]}:
        raise RuleError("unknown-article", "Citez un article du règlement.", field="article")
    application.article, application.reason = article, reason
    application.state, application.updated_at = "not_eligible", now
    _tell(session, find_call(session, application.call_id), application, site, who, now)
    return application


def paper_of(session: Session, application: Application, attachment_id: uuid.UUID) -> Attachment:
    """A paper that stands, or that its bearer filed and then replaced: either may hold what must not stay."""
    replaced = (one for one in queries.replaced_of(session, application.id) if one.id == attachment_id)
    return next(replaced, None) or application_papers.paper_of(session, application, attachment_id)


def remove_paper(
    session: Session, application_id: uuid.UUID, attachment_id: uuid.UUID, why: str, *, who: str, now: dt.datetime
) -> Attachment:
    """The staff takes a paper out of a filed application and says why: the bearer reads it, the journal keeps it."""
    application = find(session, application_id, lock=True)
    paper = paper_of(session, application, attachment_id)
    if not why.strip():
        raise RuleError("reason", "Écrivez pourquoi cette pièce est retirée : le porteur le lira.", field="why")
    if application.project_id is not None:
        touch_rounds(session, application.call_id)
    return application_papers.take_out(session, application, paper, who=who, why=why.strip(), now=now)


def renew_link(session: Session, application_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> Application:
    """The bearer told that somebody else has their link: all links of theirs close, and a new one goes by mail. Of a
    tandem, those of the association."""
    application = find(session, application_id, lock=True)
    _refuse_erased(application)
    theirs = ApplicationLink.application_id == application.id, ApplicationLink.half != "class"
    session.execute(sa.delete(ApplicationLink).where(*theirs))
    call = find_call(session, application.call_id)
    link = applications.bearer_link(session, call, application, site=site, now=now)
    announce.application_link_requested(session, call, application, link=link)
    applications.note(session, application, "renewed the link", now, who=who)
    return application


def _undecided(session: Session, application_id: uuid.UUID, seen: str, now: dt.datetime) -> Application:
    application = find(session, application_id, lock=True)
    if application.state not in ("filed", "to_complete"):
        raise RuleError("already-decided", "Ce dossier est déjà tranché.")
    _refuse_withdrawn(application)
    _refuse_erased(application)
    corrections.settle(session, application, find_call(session, application.call_id), seen, now)
    return application


def _refuse_withdrawn(application: Application) -> None:
    if application.withdrawn_at is not None:
        raise RuleError("withdrawn", "Ce dossier est retiré par son porteur : il ne se tranche plus.")


def _refuse_erased(application: Application) -> None:
    """Two years after the filing its bearer may be erased; there is nobody then to tell of a decision."""
    if "bearer_email" not in application.content:
        raise RuleError("erased-bearer", "Le nom de qui a déposé ce dossier est effacé : il ne se tranche plus.")


def _tell(session: Session, call: Call, application: Application, site: str, who: str, now: dt.datetime) -> None:
    session.flush()
    rulebook = version_of(session, call.id, application.rulebook_version or 0).content
    cited = next((one for one in rulebook["articles"] if one["number"] == application.article), None)
    link = applications.bearer_link(session, call, application, site=site, now=now)
    announce.application_reviewed(session, call, application, article=cited, link=link)
    applications.tell_class(session, call, application, "reviewed", site=site, now=now)
    after = {"state": application.state, "article": application.article, "reason": application.reason}
    applications.note(session, application, "reviewed", now, who=who, after=after)
