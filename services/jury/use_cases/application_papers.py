"""Step 2 of the papers of an application: add one, take one out. Their bytes: paper_bytes.py.

What is filed names its papers for good; what counts now is what queries.attachments_of finds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.jury import deadlines, queries
from services.jury.models import Application, Attachment
from services.jury.use_cases import applications
from services.jury.use_cases.calls import find_call
from services.jury.use_cases.rulebooks import version_of
from shared.errors import NotFound, RuleError

MOST = 40


def attach(
    session: Session,
    token: str,
    paper: str,
    *,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
    begun: dt.datetime | None = None,
    now: dt.datetime,
) -> Attachment:
    """Add a paper whose bytes are stored already. It takes the place of one under the same heading.

    begun: when its upload began, where that was earlier; then this is what counts, if it ended within the grace.
    """
    application = applications.open_link(session, token, lock=True)
    if paper not in {one["key"] for one in rules_of(session, application)["attachments"]}:
        raise NotFound("unknown-paper", "Cette pièce n’est pas demandée.")
    begun = begun or now
    _refuse_more_papers(session, application, begun)
    if not deadlines.is_open(now - deadlines.GRACE, applications.limit_of(session, application)):
        raise RuleError("too-slow", "Cet envoi s’est terminé trop longtemps après le délai : il ne compte pas.")
    standing = queries.written_papers_of(session, application.id)
    for old in standing:
        if old.paper == paper:
            old.removed_at, old.removed_by = now, "applicant"
    if len(standing) >= MOST:
        raise RuleError("too-many-papers", "Ce dossier a déjà trop de pièces.")
    added = Attachment(
        application_id=application.id,
        paper=paper,
        file_name=name,
        media_type=media_type,
        size=size,
        sha256=sha256,
        begun_at=begun,
        added_at=now,
    )
    session.add(added)
    if application.is_written:  # with other papers it is another version, to agree to anew
        applications.change(session, application, application.written, now)
    session.flush()
    applications.note(
        session, application, "added a paper", now, who="applicant", after={"paper": paper, "sha256": sha256}
    )
    return added


def detach(session: Session, token: str, attachment_id: uuid.UUID, *, now: dt.datetime) -> Attachment:
    """The bearer takes a paper back: any where they write; of a filed one, what came after the filing, while it may
    come."""
    application = applications.open_link(session, token, lock=True)
    paper = written_paper_of(session, application, attachment_id)
    _refuse_more_papers(session, application, now)
    if not application.is_written and application.filed_at is not None and paper.added_at <= application.filed_at:
        raise RuleError("filed-paper", "Cette pièce fait partie du dossier déposé : demandez à l’organisateur.")
    return take_out(session, application, paper, who="applicant", why="", now=now)


def rules_of(session: Session, application: Application) -> dict[str, Any]:
    """The rulebook that an application is under: the one it was filed under; where it is written, that of the call."""
    if application.rulebook_version and not application.is_written:
        return version_of(session, application.call_id, application.rulebook_version).content
    return find_call(session, application.call_id).rulebook


def paper_of(session: Session, application: Application, attachment_id: uuid.UUID) -> Attachment:
    """A paper that counts in this application."""
    return _among(queries.attachments_of(session, application.id), attachment_id)


def written_paper_of(session: Session, application: Application, attachment_id: uuid.UUID) -> Attachment:
    """A paper that its bearer has there: of what is being corrected, it may be filed next."""
    return _among(queries.written_papers_of(session, application.id), attachment_id)


def _among(papers: list[Attachment], attachment_id: uuid.UUID) -> Attachment:
    found = next((one for one in papers if one.id == attachment_id), None)
    if found is None:
        raise NotFound("unknown-paper", "Cette pièce n’existe pas, ou a été remplacée.")
    return found


def take_out(
    session: Session, application: Application, paper: Attachment, *, who: str, why: str, now: dt.datetime
) -> Attachment:
    """The paper stands no more; its line stays, and what was filed still names it."""
    paper.removed_at, paper.removed_by, paper.removed_why = now, who, why
    application.updated_at = now
    if application.is_written:
        applications.change(session, application, application.written, now)
    after = {"paper": paper.paper, "name": paper.file_name, "sha256": paper.sha256, "why": why}
    applications.note(session, application, "removed a paper", now, who=who, after=after)
    return paper


def _refuse_more_papers(session: Session, application: Application, begun: dt.datetime) -> None:
    """begun: when the paper began to come, or when it is taken back."""
    applications.refuse_withdrawn(application)
    if application.state != "to_complete":
        applications.refuse_filed(application)
    applications.refuse_past_limit(session, application, begun)
