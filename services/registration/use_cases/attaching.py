"""Step 2 of nine: files that a form asks for. Next: services/registration/rules/attachments.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.forms import FormFile
from services.registration.models.registrations import Registration
from services.registration.rules import attachments as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError

GONE = N_("Ce fichier n’est plus là : envoyez-le de nouveau.")


def keep(
    session: Session,
    event_id: uuid.UUID,
    question: str,
    *,
    sensitive: bool,
    name: str,
    body: bytes,
    now: dt.datetime,
    sender: str,
    doubted: bool = False,
) -> dict[str, Any]:
    """Keep a file that came with a form not yet accepted. Raises RuleError when it is too large or no document.

    sender: a mark of the network address, or TRIAL.
    doubted: the form may be no person's. It comes back, and so must its file; but not for long, and there are never
    more than a few: the oldest of who has most make room.
    """
    if not body:
        raise RuleError("file-empty", N_("Ce fichier est vide."), status=422)
    if len(body) > rules.LARGEST:
        raise RuleError(
            "file-large", N_("Ce fichier dépasse 5 Mo : réduisez-le, puis envoyez-le de nouveau."), status=422
        )
    kind = rules.kind_of(body)
    if kind is None and rules.is_swollen(body):
        raise RuleError(
            "file-large",
            N_("Ce fichier est trop volumineux une fois ouvert : enregistrez-le en PDF, ou réduisez ses images."),
            status=422,
        )
    if kind is None:
        raise RuleError(
            "file-kind",
            N_("Ce fichier n’est ni un PDF, ni une image, ni un document OpenDocument ou Word sans macros."),
            status=422,
        )
    token = new_token()
    row = FormFile(
        token_hash=hash_token(token),
        event_id=event_id,
        question=question,
        sensitive=sensitive,
        name=rules.safe_name(name, kind),
        content_type=kind,
        size=len(body),
        body=body,
        sent_at=now,
        goes_at=now + rules.DOUBTED_KEPT if doubted else None,
        sender=sender,
    )
    session.add(row)
    session.flush()
    if doubted:
        apart = FormFile.sender.is_not_distinct_from if sender == rules.TRIAL else FormFile.sender.is_distinct_from
        alike = (FormFile.event_id == event_id) & _doubted() & apart(rules.TRIAL)
        turns = _by_turns(alike & (FormFile.goes_at <= now + rules.DOUBTED_KEPT))
        beyond = sa.select(turns.c.id).where(turns.c.count > rules.MOST_DOUBTED, turns.c.id != row.id)
        _drop(session, FormFile.id.in_(beyond))
    return _told(row, f"new:{token}")


def named(
    session: Session,
    event_id: uuid.UUID,
    question: str,
    handle: str,
    registration_id: uuid.UUID | None,
    *,
    now: dt.datetime,
    doubted: bool = False,
    submission: bytes | None = None,
) -> dict[str, Any] | None:
    """The file that a form names: one sent a moment ago with its token, or one this registration has.

    doubted: this form may be no person's. One that is not keeps the file as long as any other.
    submission: the key of this form and person, whose registration may have the file since: the same form, sent twice.
    """
    way, _colon, secret = handle.partition(":")
    its = [FormFile.event_id == event_id, FormFile.question == question]
    own = FormFile.registration_id == registration_id
    if way == "new":
        if submission is not None:
            made = sa.select(Registration.id).where(Registration.submission_key == submission)
            own |= FormFile.registration_id.in_(made)
        its += [FormFile.token_hash == hash_token(secret), FormFile.registration_id.is_(None) | own]
    elif way == "file" and registration_id is not None:
        try:
            its += [FormFile.id == uuid.UUID(secret), own]
        except ValueError:
            return None
    else:
        return None
    if not doubted:  # before it is read: whoever drops doubted files at this instant leaves it, or had it first
        keeps = sa.update(FormFile).where(*its, FormFile.goes_at.is_not(None)).values(goes_at=None, sent_at=now)
        session.execute(keeps, execution_options={"synchronize_session": False})
    row = session.scalar(sa.select(FormFile).where(*its))
    return _told(row, handle) if row else None


def hold(session: Session, event_id: uuid.UUID, handles: Iterable[str], until: dt.datetime) -> None:
    """Files of a form that is kept for later wait as long as it does."""
    session.execute(sa.update(FormFile).where(_waiting(event_id, handles)).values(goes_at=until))


def forget(session: Session, event_id: uuid.UUID, handles: Iterable[str]) -> None:
    """Files of a form that is kept no more."""
    session.execute(sa.delete(FormFile).where(_waiting(event_id, handles)))


def _waiting(event_id: uuid.UUID, handles: Iterable[str]) -> sa.ColumnElement[bool]:
    """Files that came with a form not yet accepted. handles: whatever the form holds."""
    tokens = [hash_token(one.removeprefix("new:")) for one in map(str, handles) if one.startswith("new:")]
    return (FormFile.event_id == event_id) & FormFile.token_hash.in_(tokens) & FormFile.registration_id.is_(None)


def end_doubted(session: Session, now: dt.datetime) -> int:
    """Files of doubted forms, and of those kept for later, that nobody sent again in time go; how many."""
    return _drop(session, _doubted() & (FormFile.goes_at <= now))


def end_beyond(session: Session) -> int:
    """What nobody has registered with is no more than this, of each event: the oldest of who has most go; how many.

    Those of forms that are kept for later are counted apart: whoever sends many does not end these.
    """
    free = FormFile.registration_id.is_(None)
    those = _by_turns(free)
    beyond = (those.c.count > rules.MOST_WAITING) | (those.c.size > rules.MOST_BYTES)
    return _drop(session, free & FormFile.id.in_(sa.select(those.c.id).where(beyond)))


def _by_turns(which: sa.ColumnElement[bool]) -> sa.Subquery:
    """These files as they are kept, of each event: the newest of each sender, then the second newest of each, and so
    on. Beside each, how many there are so far, and how many octets."""
    alike = [FormFile.event_id, FormFile.goes_at.is_(None).label("waits")]
    own: dict[str, Any] = {"order_by": [FormFile.sent_at.desc(), FormFile.id.desc()]}
    turn = sa.func.row_number().over(partition_by=[*alike, FormFile.sender], **own).label("turn")
    one = sa.select(FormFile.id, FormFile.size, FormFile.sent_at, turn, *alike).where(which).subquery().c
    pool: dict[str, Any] = {
        "partition_by": [one.event_id, one.waits],
        "order_by": [one.turn, one.sent_at.desc(), one.id.desc()],
        "rows": (None, 0),
    }
    count, size = sa.func.count().over(**pool), sa.func.sum(one.size).over(**pool)
    return sa.select(one.id, count.label("count"), size.label("size")).subquery()


def _doubted() -> sa.ColumnElement[bool]:
    return FormFile.goes_at.is_not(None) & FormFile.registration_id.is_(None)


def _drop(session: Session, which: sa.ColumnElement[bool]) -> int:
    """Those that nobody else is dropping at this moment: two never wait for each other."""
    free = sa.select(FormFile.id).where(which).with_for_update(skip_locked=True)
    return len(session.scalars(sa.delete(FormFile).where(FormFile.id.in_(free)).returning(FormFile.id)).all())


def claim(session: Session, registration_id: uuid.UUID, given: Mapping[str, Any], asked: list[str]) -> None:
    """The files named by these answers become this registration's, as protected as these; those they replace go.

    Raises RuleError "file-gone", at its field, for one that was ended since the form that names it was read.
    """
    files = {uuid.UUID(one.value["id"]): (key, one) for key, one in given.items() if isinstance(one.value, dict)}
    mine = [*files]
    if mine:
        free = FormFile.registration_id.is_(None) | (FormFile.registration_id == registration_id)
        protected = FormFile.sensitive | FormFile.id.in_([id_ for id_, (_key, one) in files.items() if one.sensitive])
        theirs = {"registration_id": registration_id, "sensitive": protected, "sender": None}
        claimed = sa.update(FormFile).where(FormFile.id.in_(mine), free).values(theirs).returning(FormFile.id)
        if gone := files.keys() - set(session.scalars(claimed, execution_options={"synchronize_session": False})):
            raise RuleError("file-gone", GONE, status=422, field=f"q-{min(files[id_][0] for id_ in gone)}")
    left = FormFile.question.in_(asked) & FormFile.id.not_in(mine)
    session.execute(sa.delete(FormFile).where(FormFile.registration_id == registration_id, left))


def open_file(session: Session, registration_id: uuid.UUID, file_id: uuid.UUID, *, sensitive: bool = True) -> FormFile:
    """A file of this registration, its bytes too. Raises NotFound, also for a sensitive one that one may not see."""
    row = session.get(FormFile, file_id)
    if row is None or row.registration_id != registration_id or (row.sensitive and not sensitive):
        raise NotFound("file-unknown", N_("Ce fichier n’existe pas ou n’existe plus."))
    return row


def note_read(session: Session, registration_id: uuid.UUID, row: FormFile, now: dt.datetime, *, who: str) -> None:
    """Who of the staff took a file."""
    after = {"question": row.question}
    audit.record(
        session,
        who=who,
        what="file read",
        thing="registration",
        thing_id=registration_id,
        before=None,
        after=after,
        now=now,
    )


def _told(row: FormFile, handle: str) -> dict[str, Any]:
    return {"id": str(row.id), "name": row.name, "size": row.size, "handle": handle}
