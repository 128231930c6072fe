"""Step 2 of an application: start a draft, save it with several hands, file it. Its papers: application_papers.py.

Next: application_rules.py.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, announce_tandem, application_rules, deadlines, queries, rules, tandems
from services.jury.models import Application, ApplicationLink, ApplicationVersion, Call, ClassMail, EarlierFiling
from services.jury.use_cases import draft_versions, personal_links
from services.jury.use_cases.calls import find_call
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MOST_LINKS = personal_links.MOST


@dataclass(frozen=True)
class Saved:
    """The draft as it is now, and what of my typing somebody else's save kept out."""

    application: Application
    left: dict[str, str]


def start(session: Session, call_id: uuid.UUID, data: Mapping[str, str], *, site: str, now: dt.datetime) -> str:
    """A new draft and its personal link, which is mailed too.

    data: first_name, last_name, email, locale and, for a tandem, the `half` that begins."""
    call = find_call(session, call_id)
    if call.state != "open" or not call.takes_applications:
        raise NotFound("unknown-call", "Cet appel n’existe pas, ou n’existe plus.")
    refuse_late(call, now)
    half = data.get("half", "") if tandems.is_one(call.rulebook) else ""
    if tandems.is_one(call.rulebook) and not half:
        raise RuleError("no-half", "Dites pour quelle moitié du tandem vous écrivez.", field="half")
    names = tandems.SPEAKERS[half or "association"]
    content = dict(zip(names, (data["first_name"], data["last_name"], data["email"]), strict=True))
    personal_links.refuse_flood(session, call.id, names[2], data["email"], now)
    return begin(session, call, content, half=half, locale=data["locale"], renews_id=None, site=site, now=now)


def begin(
    session: Session,
    call: Call,
    content: Mapping[str, str],
    *,
    half: str = "",
    locale: str,
    renews_id: uuid.UUID | None,
    site: str,
    now: dt.datetime,
) -> str:
    """A new draft with this content; its link is mailed and returned."""
    application = Application(
        call_id=call.id,
        reference="".join(secrets.choice(LETTERS) for _ in range(7)),
        locale=locale,
        content=application_rules.kept(content),
        renews_id=renews_id,
        created_at=now,
        updated_at=now,
    )
    session.add(application)
    session.flush()
    _keep(session, application, now)
    token = issue(session, application.id, now, half=half)
    mailed(session, half, announce.application_started(session, call, application, link=address(site, token)), now)
    note(session, application, "started", now, who="applicant")
    return token


def issue(session: Session, application_id: uuid.UUID, now: dt.datetime, *, half: str = "") -> str:
    """A new personal link of this application, or of one half of it; only its hash is kept."""
    token = new_token()
    session.add(ApplicationLink(token_hash=hash_token(token), application_id=application_id, half=half, issued_at=now))
    return token


def resend(session: Session, call_id: uuid.UUID, email: str, *, site: str, now: dt.datetime) -> int:
    """Mail a new link to the bearer of each application of the call with that address. Returns how many.

    Of a tandem whoever writes for a half gets the link of that half."""
    call = find_call(session, call_id)
    if tandems.is_one(call.rulebook):
        return sum(_resend_half(session, call, half, email, site=site, now=now) for half in tandems.HALVES)
    holds = sa.func.lower(Application.content["bearer_email"].astext) == email.strip().lower()
    query = sa.select(Application).where(Application.call_id == call.id, holds).with_for_update().limit(MOST_LINKS)
    found = [one for one in session.scalars(query) if may_issue(session, one.id, now)]
    for application in found:
        link = address(site, issue(session, application.id, now))
        announce.application_link_requested(session, call, application, link=link)
        note(session, application, "asked for the link again", now, who="applicant")
    return len(found)


def _resend_half(session: Session, call: Call, half: str, email: str, *, site: str, now: dt.datetime) -> int:
    holds = sa.func.lower(Application.content[tandems.SPEAKERS[half][2]].astext) == email.strip().lower()
    query = sa.select(Application).where(Application.call_id == call.id, holds).with_for_update().limit(MOST_LINKS)
    found = [one for one in session.scalars(query) if may_issue(session, one.id, now)]
    for application in found:
        link = address(site, issue(session, application.id, now, half=half))
        person = tandems.speaker(application.content, half)
        mailed(
            session,
            half,
            announce.application_link_requested(session, call, application, link=link, person=person),
            now,
        )
        note(session, application, "asked for the link again", now, who="applicant")
    return len(found)


def invite(session: Session, token: str, *, now: dt.datetime) -> str:
    """A second link to a draft, for whoever writes with the bearer."""
    application = open_link(session, token, lock=True)
    refuse_filed(application)
    if not may_issue(session, application.id, now):
        raise RuleError("too-many-links", "Trop de liens ont été faits à l’instant : réessayez dans une heure.")
    note(session, application, "made a second link", now, who="applicant")
    return issue(session, application.id, now, half=half_of(session, token))


def links_of(session: Session, application: Application, half: str) -> list[dt.datetime]:
    """When those were made that open it, or one half of it, the latest first."""
    return personal_links.made(session, ApplicationLink, *_beside(application, half))


def close_other_links(session: Session, token: str, *, now: dt.datetime) -> int:
    """Every link but this one opens nothing any more, those of mails too; of a tandem, those of this half. How many."""
    application = open_link(session, token, lock=True)
    closed = personal_links.close_others(
        session, ApplicationLink, token, *_beside(application, half_of(session, token))
    )
    if closed:
        note(session, application, "closed the other links", now, who="applicant", after={"closed": closed})
    return closed


def _beside(application: Application, half: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Which links open what one of this half opens; one that names no half opens that of the association too."""
    this = ApplicationLink.half == "class" if half == "class" else ApplicationLink.half != "class"
    return ApplicationLink.application_id == application.id, this


def may_issue(session: Session, application_id: uuid.UUID, now: dt.datetime) -> bool:
    recent = ApplicationLink.issued_at > now - dt.timedelta(hours=1)
    query = sa.select(sa.func.count()).where(ApplicationLink.application_id == application_id, recent)
    return (session.scalar(query) or 0) < MOST_LINKS


def address(site: str, token: str) -> str:
    return f"{site}/dossiers/{token}"


def open_link(session: Session, token: str, *, lock: bool = False) -> Application:
    """The application that a link opens."""
    mine = sa.select(ApplicationLink.application_id).where(ApplicationLink.token_hash == hash_token(token))
    query = sa.select(Application).where(Application.id.in_(mine))
    query = query.with_for_update() if lock else query
    # Twice: while it waits for the lock the staff may pair this draft, and the link leads into another one then.
    found = session.scalar(query) or session.scalar(query)
    if found is None:
        raise NotFound("link-unknown", "Ce lien n’est pas ou plus valable. Écrivez à l’organisateur de l’appel.")
    return found


def half_of(session: Session, token: str) -> str:
    """The half of a tandem that a link writes for; "" of any other application."""
    return session.scalar(sa.select(ApplicationLink.half).where(ApplicationLink.token_hash == hash_token(token))) or ""


def open_draft(session: Session, token: str, now: dt.datetime) -> tuple[Application, Call]:
    """The draft that a link opens, locked, and its call, which still takes it."""
    application = open_link(session, token, lock=True)
    refuse_filed(application)
    refuse_past_limit(session, application, now)
    return application, find_call(session, application.call_id)


def refuse_late(call: Call, now: dt.datetime) -> None:
    if not deadlines.is_open(now, call.closes_at):
        raise RuleError("call-closed", "L’appel est clos : plus aucun dossier ne peut être déposé.")


def in_time(session: Session, application: Application, limit: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether this may be handed over now: before the limit, or within the grace when an upload that began before was
    still arriving then. Nothing is typed nor begun after the limit, so it is what was there, and that upload."""
    if not deadlines.in_grace(now, limit):
        return deadlines.is_open(now, limit)
    sent = queries.written_papers_of(session, application.id)
    return any(deadlines.bridges(one.begun_at or one.added_at, one.added_at, limit) for one in sent)


def save(
    session: Session, token: str, given: Mapping[str, str], version: int, *, of: str = "", now: dt.datetime
) -> Saved:
    """Save what was typed from `version` on; what somebody else saved meanwhile stays. of: the reference that the page
    showed; of a draft that was paired since, nothing of this one was read there."""
    application, _call = open_draft(session, token, now)
    half, known = half_of(session, token), of in ("", application.reference)
    base = draft_versions.before(session, application, version) if known else ApplicationVersion(content={})
    if base is None:
        raise RuleError("unknown-version", "Cette page est trop ancienne : rechargez-la avant d’enregistrer.")
    mine = {name: text for name, text in given.items() if tandems.may_write(half, name)}
    mine |= {name: text for name, text in base.content.items() if not tandems.may_write(half, name)}
    merged, left = application_rules.merge(base.content, application.written, application_rules.kept(mine))
    if merged != application.written:
        change(session, application, merged, now)
    return Saved(application, left)


def keep(session: Session, token: str, given: Mapping[str, str], version: int, *, of: str, now: dt.datetime) -> int:
    """Save what is being typed, while nobody else writes; returns the version that it is now.

    Raises RuleError when the draft is not the one that the page showed any more: then its writer saves, and compares.
    """
    application, _call = open_draft(session, token, now)
    if application.version != version or of not in ("", application.reference):
        raise RuleError("changed-meanwhile", "Quelqu’un d’autre écrit aussi : enregistrez pour voir les deux textes.")
    return save(session, token, given, version, of=of, now=now).application.version


def change(session: Session, application: Application, content: Mapping[str, str], now: dt.datetime) -> None:
    """The draft says this; what it said before is kept as a version."""
    if application.correction is None:
        application.content = dict(content)
    else:
        application.correction = dict(content)
    application.version += 1
    application.updated_at = now
    _keep(session, application, now)


def file(session: Session, token: str, *, site: str, now: dt.datetime) -> Application:
    """Freeze what is typed and attached, under the rulebook of this moment; filing twice changes nothing. What was
    filed before a correction is kept beside it."""
    application = open_link(session, token, lock=True)
    if not application.is_written:
        return application
    call = session.get_one(Call, application.call_id, with_for_update={"read": True})
    if not in_time(session, application, call.closes_at, now):
        refuse_late(call, now)
    papers, content = queries.written_papers_of(session, application.id), application.written
    held, earlier = [one.paper for one in papers], queries.earlier_of(session, application.renews_id)
    if application_rules.problems(content, held, call.rulebook, earlier):
        raise RuleError("not-complete", "Ce dossier ne peut pas encore être déposé : voyez ce qui manque.")
    if tandems.is_one(call.rulebook) and not application.agreed(tandems.other(half_of(session, token))):
        raise RuleError("other-half", "L’autre moitié du tandem n’a pas encore donné son accord à ce dossier.")
    filed: dict[str, Any] = {
        "call": {"id": str(call.id), "title": call.title},
        "reference": application.reference,
        "filed_at": now.isoformat(),
        "rulebook": {"version": call.rulebook_version, "hash": call.rulebook_hash},
        "content": content,
        "papers": [
            {"paper": p.paper, "name": p.file_name, "type": p.media_type, "size": p.size, "sha256": p.sha256}
            for p in papers
        ],
    }
    before = _keep_filing(session, application)
    application.content, application.correction = content, None
    application.filed, application.filed_hash = filed, rules.content_hash(filed)
    application.filed_at, application.updated_at = now, now
    application.rulebook_version, application.state = call.rulebook_version, "filed"
    session.flush()
    link = bearer_link(session, call, application, site=site, now=now)
    announce.application_filed(session, call, application, replaces=before, link=link)
    tell_class(session, call, application, "filed", corrected=before is not None, site=site, now=now)
    what = "filed" if before is None else "filed a correction"
    note(session, application, what, now, who="applicant", after={"hash": application.filed_hash})
    return application


def _keep_filing(session: Session, application: Application) -> dt.datetime | None:
    """What was filed before stays as it was. Returns when that was."""
    if application.filed is None:
        return None
    session.add(
        EarlierFiling(
            application_id=application.id,
            filed_at=application.filed_at,
            filed=application.filed,
            filed_hash=application.filed_hash,
            rulebook_version=application.rulebook_version,
        )
    )
    session.flush()
    return application.filed_at


def bearer_link(session: Session, call: Call, application: Application, *, site: str, now: dt.datetime) -> str:
    """The address that opens it for the bearer, new; of a tandem, for the half of the association."""
    half = "association" if tandems.is_one(call.rulebook) else ""
    return address(site, issue(session, application.id, now, half=half))


def tell_class(
    session: Session,
    call: Call,
    application: Application,
    what: announce_tandem.What,
    *,
    undone: bool = False,
    corrected: bool = False,
    site: str,
    now: dt.datetime,
) -> None:
    """The class of a tandem hears what the association does, with a link of its own."""
    if tandems.is_here(application.content, "class"):
        link = address(site, issue(session, application.id, now, half="class"))
        mailed(
            session,
            "class",
            announce_tandem.told(
                session, call, application, "class", what, link=link, undone=undone, corrected=corrected
            ),
            now,
        )


def mailed(session: Session, half: str, fact: uuid.UUID, now: dt.datetime) -> None:
    """That fact asks for a mail to this half of a tandem: should it be lost, it is known whom it did not reach."""
    if half == "class":
        session.add(ClassMail(event_id=fact, at=now))


def supplement(session: Session, token: str, text: str, *, now: dt.datetime) -> Application:
    """The answer to what staff asked for: the application goes back to them; what was filed stays as it was."""
    application = open_link(session, token, lock=True)
    if application.state != "to_complete":
        raise RuleError("nothing-asked", "Rien n’est à compléter dans ce dossier.")
    refuse_withdrawn(application)
    if not in_time(session, application, application.complete_until, now):
        raise RuleError("too-late", "Le délai pour compléter ce dossier est passé.")
    application.supplement, application.state, application.updated_at = text, "filed", now
    note(session, application, "completed", now, who="applicant")
    return application


def refuse_filed(application: Application) -> None:
    if not application.is_written:
        raise RuleError("already-filed", "Ce dossier est déposé : rouvrez-le d’abord, s’il se corrige encore.")


def limit_of(session: Session, application: Application) -> dt.datetime | None:
    """Until when it may change: the closing of its call, or the date by which the staff asked to complete it."""
    if application.state == "to_complete":
        return application.complete_until
    return session.get_one(Call, application.call_id).closes_at


def refuse_past_limit(session: Session, application: Application, begun: dt.datetime) -> None:
    if not deadlines.is_open(begun, limit_of(session, application)):
        if application.state == "to_complete":
            raise RuleError("too-late", "Le délai pour compléter ce dossier est passé.")
        raise RuleError("too-late", "L’appel est clos : ce dossier ne change plus.")


def refuse_withdrawn(application: Application) -> None:
    if application.withdrawn_at is not None:
        raise RuleError("withdrawn", "Ce dossier est retiré : il ne change plus.")


def _keep(session: Session, application: Application, now: dt.datetime) -> None:
    session.add(
        ApplicationVersion(
            application_id=application.id, version=application.version, content=application.written, saved_at=now
        )
    )
    session.flush()


def note(
    session: Session,
    application: Application,
    what: str,
    now: dt.datetime,
    *,
    who: str,
    after: dict[str, Any] | None = None,
) -> None:
    told = after or {"reference": application.reference}
    audit.record(
        session, who=who, what=what, thing="application", thing_id=application.id, before=None, after=told, now=now
    )
