"""Step 2 of a tandem: call the other half in, agree, pair two that are alone. Next: tandems.py, announce_tandem.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce_tandem, application_rules, queries, tandems
from services.jury.models import Application, ApplicationLink, ApplicationVersion, Attachment
from services.jury.project_import import is_email
from services.jury.use_cases import applications
from services.jury.use_cases.calls import find_call
from shared.errors import NotFound, RuleError


def invite_half(session: Session, token: str, data: Mapping[str, str], *, site: str, now: dt.datetime) -> Application:
    """Name who writes for the half that is missing; their own link goes to them by mail.

    data: first_name, last_name, email. Again, as long as that half has written nothing: the link of before closes.
    """
    application, call = applications.open_draft(session, token, now)
    half = tandems.other(applications.half_of(session, token))
    if not tandems.is_one(call.rulebook):
        raise NotFound("no-tandem", "Cet appel ne réunit pas deux moitiés.")
    if tandems.is_here(application.written, half) and tandems.has_begun(application.written, half):
        raise RuleError("half-begun", "L’autre moitié a commencé à écrire : c’est elle qui change ce qui la concerne.")
    mine = sa.and_(ApplicationLink.application_id == application.id, ApplicationLink.half == half)
    if not applications.may_issue(session, application.id, now):
        raise RuleError("too-many-links", "Trop de liens ont été faits à l’instant : réessayez dans une heure.")
    session.execute(sa.delete(ApplicationLink).where(mine))
    named = zip(tandems.SPEAKERS[half], (data["first_name"], data["last_name"], data["email"]), strict=True)
    applications.change(session, application, application.written | dict(named), now)
    link = applications.address(site, applications.issue(session, application.id, now, half=half))
    fact = announce_tandem.told(session, call, application, half, "invited", link=link)
    applications.mailed(session, half, fact, now)
    applications.note(session, application, "invited the other half", now, who="applicant")
    return application


def agree(session: Session, token: str, version: int, *, now: dt.datetime) -> Application:
    """This half agrees to the version that it read; whatever changes afterwards asks for its word again."""
    application = applications.open_link(session, token, lock=True)
    call = find_call(session, application.call_id)
    applications.refuse_filed(application)
    if not applications.in_time(session, application, call.closes_at, now):
        applications.refuse_late(call, now)
    half = applications.half_of(session, token)
    if not tandems.is_one(call.rulebook):
        raise NotFound("no-tandem", "Cet appel ne réunit pas deux moitiés.")
    if version != application.version:
        raise RuleError("changed-since", "Le dossier a changé entre-temps : relisez-le, puis donnez votre accord.")
    held = [one.paper for one in queries.written_papers_of(session, application.id)]
    if application_rules.problems(application.written, held, call.rulebook):
        raise RuleError("not-complete", "Ce dossier n’est pas encore complet : voyez ce qui manque.")
    if half == "class":
        application.class_agreed = application.version
    else:
        application.association_agreed = application.version
    after = {"half": half, "version": application.version}
    applications.note(session, application, "agreed", now, who="applicant", after=after)
    return application


def pair(
    session: Session,
    call_id: uuid.UUID,
    alone: uuid.UUID,
    class_alone: uuid.UUID,
    *,
    site: str,
    who: str,
    now: dt.datetime,
) -> Application:
    """The staff brings an association without a class and a class without an association together.

    The class goes into the dossier of the association, with its links and papers; both are told, each with its own
    link. What both wrote about the project stays the association's; the class reads it and may change it.
    """
    call = find_call(session, call_id, lock=True)
    if not tandems.is_one(call.rulebook):
        raise NotFound("no-tandem", "Cet appel ne réunit pas deux moitiés.")
    applications.refuse_late(call, now)
    found = {
        one.id: one
        for one in session.scalars(
            sa.select(Application)
            .where(Application.call_id == call.id, Application.id.in_([alone, class_alone]))
            .order_by(Application.id)
            .with_for_update()
        )
    }
    application, joins = found.get(alone), found.get(class_alone)
    if application is None or not _is_alone(application, "association"):
        raise RuleError("not-alone", "Cette association n’est plus seule : rechargez la page.", field="association")
    if joins is None or not _is_alone(joins, "class"):
        raise RuleError("not-alone", "Cette classe n’est plus seule : rechargez la page.", field="school")
    _refuse_unreachable(application, "association", field="association")
    _refuse_unreachable(joins, "class", field="school")
    theirs = {name: text for name, text in joins.content.items() if text}
    kept = {name: text for name, text in application.content.items() if text and name not in tandems.CLASS}
    before = application.content | dict.fromkeys(tandems.CLASS, "")
    content = before | {n: t for n, t in theirs.items() if n in tandems.TEXTS or n in tandems.TOGETHER}
    applications.change(session, application, content | kept, now)
    for model in (ApplicationLink, Attachment):
        move = sa.update(model).where(model.application_id == joins.id)
        session.execute(move.values(application_id=application.id))
    session.execute(sa.delete(ApplicationVersion).where(ApplicationVersion.application_id == joins.id))
    after = {"reference": application.reference, "class": joins.reference}
    session.delete(joins)
    session.flush()
    for half in tandems.HALVES:
        link = applications.address(site, applications.issue(session, application.id, now, half=half))
        fact = announce_tandem.told(session, call, application, half, "paired", link=link)
        applications.mailed(session, half, fact, now)
    applications.note(session, application, "paired a tandem", now, who=who, after=after)
    return application


def _refuse_unreachable(application: Application, half: str, *, field: str) -> None:
    """In a draft an address is as it was typed."""
    if not is_email(tandems.speaker(application.content, half)["email"]):
        raise RuleError(
            "no-address", "L’adresse de cette moitié n’est pas complète : elle la corrige par son lien.", field=field
        )


def leave(session: Session, application: Application, half: str, *, now: dt.datetime) -> None:
    """One half goes out of a draft: what it said of itself and its links; the other half goes on."""
    gone = tandems.own(half)
    names = sa.cast(tandems.SPEAKERS[half], sa.ARRAY(sa.Text))
    change = sa.update(ApplicationVersion).where(ApplicationVersion.application_id == application.id)
    session.execute(change.values(content=ApplicationVersion.content.op("-")(names)))
    kept = {name: text for name, text in application.content.items() if name not in gone}
    applications.change(session, application, kept, now)
    mine = ApplicationLink.application_id == application.id, ApplicationLink.half == half
    session.execute(sa.delete(ApplicationLink).where(*mine))
    applications.note(session, application, "left a tandem", now, who="applicant", after={"half": half})


def _is_alone(application: Application, half: str) -> bool:
    """Somebody writes for this half, and nobody for the other."""
    content = application.content
    here = tandems.is_here(content, half) and not tandems.is_here(content, tandems.other(half))
    return application.state == "draft" and here
