"""Step 2 of nine: the team puts documents on the page of an event. Next: services/registration/models/documents.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.documents import EventDocument
from services.registration.models.events import Event
from services.registration.queries import documents as queries
from services.registration.rules import editing
from services.registration.rules.attachments import PUBLISHED, is_swollen, kind_of, safe_name
from services.registration.rules.choices import N_
from shared import audit
from shared.errors import NotFound, RuleError, Sentence

MOST = 40
LARGEST = 10 * 1024 * 1024
"""Slides weigh more than what people send with a form."""
COLUMNS = ("title", "title_en", "shown_from", "item_id", "slot_id", "workshop_id")


def put(
    session: Session,
    event_id: uuid.UUID,
    words: Mapping[str, Any],
    file: tuple[str, bytes],
    now: dt.datetime,
    *,
    who: str,
) -> uuid.UUID:
    """A new document, after the others. words: COLUMNS. file: its name and its bytes. Raises RuleError."""
    kept = _filed(*file, now)
    there = _locked(session, event_id)
    if len(there) >= MOST:
        message = Sentence("Une rencontre a %(most)s documents au plus : retirez-en un.", most=MOST)
        raise RuleError("documents-many", message, field="file", status=422)
    position = there[-1].position + 1 if there else 0
    row = EventDocument(event_id=event_id, position=position, **{name: words[name] for name in COLUMNS}, **kept)
    session.add(row)
    session.flush()
    _record(session, row, "document put", who, None, {"file": row.name} | _said(words), now)
    return row.id


def change(
    session: Session,
    event_id: uuid.UUID,
    document_id: uuid.UUID,
    words: Mapping[str, Any],
    file: tuple[str, bytes] | None,
    now: dt.datetime,
    *,
    who: str,
) -> bool:
    """Other words, and another file under the same address where one is given. False when nothing differs."""
    kept = _filed(*file, now) if file else {}
    row = load(_locked(session, event_id), document_id)
    before = {name: getattr(row, name) for name in COLUMNS}
    changes = editing.differences(before, {name: words[name] for name in COLUMNS})
    for name, _old, new in changes:
        setattr(row, name, new)
    if changes:
        old, new = ({name: pair[side] for name, *pair in changes} for side in (0, 1))
        _record(session, row, "document changed", who, _said(old), _said(new), now)
    if kept:
        former = row.name
        for name, value in kept.items():
            setattr(row, name, value)
        _record(session, row, "document replaced", who, {"file": former}, {"file": row.name}, now)
    return bool(changes or kept)


def remove(session: Session, event_id: uuid.UUID, document_id: uuid.UUID, now: dt.datetime, *, who: str) -> str:
    """Gone with its bytes. Returns its title."""
    row = load(_locked(session, event_id), document_id)
    _record(session, row, "document removed", who, {"file": row.name}, None, now)
    session.execute(sa.delete(EventDocument).where(EventDocument.id == row.id))
    return row.title


def earlier(session: Session, event_id: uuid.UUID, document_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """One place up; the first stays where it is."""
    there = list(_locked(session, event_id))
    number = there.index(load(there, document_id))
    if number == 0:
        return
    there[number - 1], there[number] = there[number], there[number - 1]
    for position, row in enumerate(there):
        row.position = position
    row = there[number - 1]
    _record(session, row, "documents ordered", who, {"place": number + 1}, {"place": number}, now)


def to_come(session: Session, event_id: uuid.UUID, now: dt.datetime) -> list[tuple[EventDocument, dt.datetime]]:
    """Those that nobody but the team reads yet, and from when everybody does: they follow when the event moves."""
    there = queries.of_event(session, event_id)
    return [(one, one.shown_from) for one in there if one.shown_from and one.shown_from > now]


def follow(session: Session, event_id: uuid.UUID, moved: dt.timedelta, now: dt.datetime, *, who: str) -> None:
    """The event moved by so much, and so does the hour from which they are read; what is there to be read stays."""
    for row, since in to_come(session, event_id, now):
        row.shown_from = editing.later(since, moved)
        old, new = {"shown_from": since}, {"shown_from": row.shown_from}
        _record(session, row, "document changed", who, _said(old), _said(new), now)


def load(there: Sequence[EventDocument], document_id: uuid.UUID) -> EventDocument:
    """Raises NotFound."""
    found = next((one for one in there if one.id == document_id), None)
    if found is None:
        raise NotFound("document-unknown", N_("Ce document n’est pas là, ou n’y est plus."))
    return found


def _locked(session: Session, event_id: uuid.UUID) -> Sequence[EventDocument]:
    """Those of the event, which nobody else changes meanwhile; people register all the same."""
    session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update(key_share=True))
    return queries.of_event(session, event_id)


def _filed(name: str, body: bytes, now: dt.datetime) -> dict[str, Any]:
    kind = kind_of(body, PUBLISHED)
    wrong = ""
    if not body:
        wrong = N_("Ce fichier est vide.")
    elif len(body) > LARGEST:
        wrong = N_("Ce fichier dépasse 10 Mo : enregistrez-le en PDF, ou réduisez ses images.")
    elif kind is None and is_swollen(body):
        wrong = N_("Ce fichier est trop volumineux une fois ouvert : enregistrez-le en PDF, ou réduisez ses images.")
    elif kind is None:
        wrong = N_(
            "Ce fichier n’est ni un PDF, ni une image PNG ou JPEG, ni un document OpenDocument, Word, Excel ou "
            "PowerPoint sans macros."
        )
    if wrong or kind is None:
        raise RuleError("file-refused", wrong, field="file", status=422)
    return {"name": safe_name(name, kind), "content_type": kind, "size": len(body), "body": body, "filed_at": now}


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: editing.plain(value) for name, value in values.items() if value not in (None, "")}


def _record(
    session: Session,
    row: EventDocument,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    """The journal names the document by its title."""
    of, title = row.event_id, {"document": row.title}
    before, after = (None if said is None else title | said for said in (before, after))
    audit.record(session, who=who, what=what, thing="event", thing_id=of, before=before, after=after, now=now)
