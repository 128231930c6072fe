"""Step 2 of a correction: what was filed is written again until the call closes, and filed anew (applications.file).

Until then the filing of before counts, for the staff and for the jurors. Next: models, docs/decisions/0525.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import deadlines
from services.jury.models import Application, ApplicationVersion, Attachment, Call
from services.jury.use_cases import applications
from shared.errors import RuleError


def may_begin(application: Application, call: Call, now: dt.datetime) -> bool:
    """Whether its bearer may take it up again: nobody decided on it, asked for more or took it back, and the call
    still takes applications."""
    untouched = application.state == "filed" and application.withdrawn_at is None and application.complete_until is None
    return untouched and call.state == "open" and deadlines.is_open(now, call.closes_at)


def begin(session: Session, token: str, *, now: dt.datetime) -> Application:
    """What was filed can be written in again. Twice changes nothing."""
    application = applications.open_link(session, token, lock=True)
    if application.is_written:
        return application
    call = session.get_one(Call, application.call_id, with_for_update={"read": True})
    if not may_begin(application, call, now):
        raise RuleError(
            "not-correctable", "Ce dossier ne se corrige plus : l’appel est clos, ou le secrétariat l’examine déjà."
        )
    application.correction = dict(application.content)
    applications.change(session, application, application.content, now)
    applications.note(session, application, "began a correction", now, who="applicant")
    return application


def give_up(session: Session, token: str, *, now: dt.datetime) -> Application:
    """Its bearer leaves it as it was filed."""
    application = applications.open_link(session, token, lock=True)
    if application.correction is not None:
        drop(session, application, now)
        applications.change(session, application, application.content, now)
        applications.note(session, application, "gave a correction up", now, who="applicant")
    return application


def settle(session: Session, application: Application, call: Call, seen: str, now: dt.datetime) -> None:
    """Before the staff decides: nobody decides on a filing that they have not read (seen: the hash of the one they
    read, "" where none is named), nor on what its bearer may still file anew. What was not filed in time ends here;
    it stays among the versions, and its bearer is shown it."""
    if seen not in ("", application.filed_hash):
        raise RuleError(
            "filed-anew", "Son porteur a déposé ce dossier à nouveau : lisez ce qui a changé, puis décidez."
        )
    if application.correction is None:
        return
    if deadlines.is_open(now - deadlines.GRACE, call.closes_at):
        raise RuleError(
            "being-corrected",
            "Son porteur corrige ce dossier, et le peut jusqu’à la clôture de l’appel : décidez ensuite.",
        )
    drop(session, application, now)


def drop(session: Session, application: Application, now: dt.datetime) -> None:
    """No correction any more: the papers are again those that were filed."""
    assert application.filed_at is not None
    papers = sa.update(Attachment).where(Attachment.application_id == application.id)
    came = papers.where(Attachment.added_at > application.filed_at, Attachment.removed_at.is_(None))
    session.execute(came.values(removed_at=now, removed_by="applicant"))
    went = papers.where(
        Attachment.removed_by == "applicant",
        Attachment.added_at <= application.filed_at,
        Attachment.removed_at > application.filed_at,
    )
    session.execute(went.values(removed_at=None, removed_by=""))
    application.correction, application.updated_at = None, now
    session.flush()


def unfiled(session: Session, application: Application) -> dict[str, str]:
    """What was written after the last filing and never filed, of the fields where that differs."""
    written = application.written
    if application.correction is None:
        last = session.get(ApplicationVersion, (application.id, application.version))
        written = last.content if last is not None else application.content
    return {name: text for name, text in written.items() if text != application.content.get(name, "")}
