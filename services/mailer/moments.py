"""What facts of the other services tell of a person, for the timeline of a contact: step 8 of nine, and its reading.

A check-in comes with a digest of the address, so the other facts are kept under theirs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from services.mailer.models.moments import Moment
from shared.messaging.handlers import Event, is_newer


def digest(email: str) -> str:
    """SHA-256 of the folded address, in hex, as the other services make it."""
    return hashlib.sha256(unicodedata.normalize("NFC", email.strip()).casefold().encode()).hexdigest()


def note_registration(session: Session, event: Event, kind: str) -> None:
    """registered, waits, promoted or cancelled."""
    occasion = event.data["occasion"]
    _note(session, event, kind, occasion["id"], digest(event.data["person"]["email"]), occasion["title"])


def note_application(session: Session, event: Event, kind: str) -> None:
    """filed, withdrawn, restored; or result, of which only the day is kept."""
    data = event.data
    title = " · ".join(filter(None, [data["call_title"], data["project_title"]]))
    _note(session, event, kind, data["call_id"], digest(data["person"]["email"]), title)


def note_attendance(session: Session, event: Event) -> None:
    """Somebody came through the door, or that was a mistake; whichever was said last, in whatever order it comes."""
    if not is_newer(session, event):
        return
    data = event.data
    session.execute(sa.delete(Moment).where(Moment.thing == data["registration_id"], Moment.kind == "arrived"))
    if event.type == "registration.attendee.checked_in.v1":
        _note(session, event, "arrived", data["event_id"], data["email_hash"], "", at=data["at"])


def _note(
    session: Session,
    event: Event,
    kind: str,
    within: uuid.UUID,
    email_hash: str,
    title: str,
    *,
    at: dt.datetime | None = None,
) -> None:
    row = insert(Moment).values(
        fact_id=event.id,
        kind=kind,
        thing=uuid.UUID(event.thing),
        within=within,
        email_hash=email_hash,
        title=title,
        at=at or event.time,
    )
    session.execute(row.on_conflict_do_nothing())


def of(session: Session, emails: Iterable[str]) -> list[Moment]:
    """Everything under these addresses of one person, latest first; what came untitled has its thing's title."""
    digests = {digest(one) for one in emails}
    found = list(session.scalars(sa.select(Moment).where(Moment.email_hash.in_(digests)).order_by(Moment.at.desc())))
    titles = {one.within: one.title for one in found if one.title}
    for one in found:
        set_committed_value(one, "title", one.title or titles.get(one.within, ""))
    return found


def forget(session: Session, digests: Iterable[str]) -> int:
    """How many went."""
    gone = sa.delete(Moment).where(Moment.email_hash.in_(set(digests))).returning(Moment.fact_id)
    return len(session.execute(gone).all())


def expire(session: Session, until: dt.datetime, *, dry_run: bool = False) -> int:
    """Those from before that instant go, or would; how many."""
    past = Moment.at < until
    if dry_run:
        return session.scalar(sa.select(sa.func.count()).select_from(Moment).where(past)) or 0
    return len(session.execute(sa.delete(Moment).where(past).returning(Moment.fact_id)).all())
