"""Bringing contacts in from a file: step 2 of nine. The file is read by `contact_files.py`.

Between preview and confirmation the file waits in `contact_imports`; the confirmation reads it again, against
the contacts of that moment, and leaves a report per line instead of the file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.mailer import contact_files, contacts
from services.mailer.contact_files import FIELDS, Line, Sheet
from services.mailer.models.contacts import WITHDRAWN, Contact, ContactImport, current_consents
from services.mailer.models.ledger import Suppression
from shared import audit
from shared.errors import NotFound, RuleError

PENDING_LASTS = dt.timedelta(days=2)


@dataclass(frozen=True)
class Preview:
    """What the person sees before anything is written."""

    pending: ContactImport
    sheet: Sheet
    mapping: dict[str, int]
    lines: list[Line]
    counts: dict[str, int]


_CONSENT = sa.text("""
    INSERT INTO consents (contact_id, list, status, source, wording, wording_version, at, evidence)
    SELECT new.id, :list, 'given', :source, :wording, :version, :at, CAST(:file AS text) || ', ligne ' || new.line
    FROM jsonb_to_recordset(:rows) AS new (id uuid, line integer) ORDER BY new.line
""").bindparams(sa.bindparam("rows", type_=JSONB))


def begin(session: Session, *, filename: str, content: bytes, who: str, now: dt.datetime) -> uuid.UUID:
    """Keep a file that can be read, with a guess of its columns. Raises FileRefused."""
    sheet = contact_files.read(content)
    drop_old(session, now)
    pending = ContactImport(
        filename=filename[-200:] or "contacts.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        mapping=contact_files.guess_mapping(sheet),
        created_by=who,
        created_at=now,
    )
    session.add(pending)
    session.flush()
    return pending.id


def map_columns(session: Session, import_id: uuid.UUID, mapping: dict[str, int]) -> None:
    """The person says which column is which; a column serves once."""
    pending = _pending(session, import_id)
    if "email" not in mapping:
        raise RuleError("no-email-column", "Dites quelle colonne contient les adresses.", field="email")
    if len(set(mapping.values())) < len(mapping):
        raise RuleError("column-twice", "Une même colonne ne peut pas servir à deux choses.", field="email")
    pending.mapping = {name: index for name, index in mapping.items() if name in FIELDS}


def preview(session: Session, import_id: uuid.UUID) -> Preview:
    """What a confirmation would do now."""
    pending = _pending(session, import_id)
    sheet = contact_files.read(pending.content or b"")
    lines = _plan(session, sheet, pending)
    return Preview(pending, sheet, dict(pending.mapping), lines, contact_files.count(lines))


def confirm(
    session: Session, import_id: uuid.UUID, *, source: str, wording: str, who: str, now: dt.datetime
) -> ContactImport:
    """Write the contacts and a consent for each that may be written to.

    source: where the addresses come from; wording: what the people read or heard when they agreed. Both are
    kept with each consent. Raises RuleError when either is missing or the import is done already.
    """
    if len(source.strip()) < 5:
        raise RuleError("no-source", "Dites d’où viennent ces adresses.", field="source")
    if len(wording.strip()) < 5:
        raise RuleError("no-wording", "Dites ce que ces personnes ont accepté.", field="wording")
    pending = _pending(session, import_id, lock=True)
    sheet = contact_files.read(pending.content or b"")
    lines = _plan(session, sheet, pending)
    taken = [line for line in lines if line.outcome in ("new", "known")]
    ids = contacts.save(session, [_person(line) for line in taken], now)
    subscribed = _with_consent(session, pending.list)
    missing = [line for line in taken if ids[line.key] not in subscribed]
    session.execute(
        _CONSENT,
        {
            "rows": [{"id": str(ids[line.key]), "line": line.line} for line in missing],
            "list": pending.list,
            "source": source.strip()[:200],
            "wording": wording.strip(),
            "version": f"import-{pending.sha256[:12]}",
            "at": now,
            "file": pending.filename,
        },
    )
    pending.state, pending.content, pending.done_at = "done", None, now
    pending.source, pending.wording = source.strip()[:200], wording.strip()
    pending.counts = contact_files.count(lines)
    pending.report = [_reported(line) for line in lines]
    audit.record(
        session,
        who=who,
        what="imported",
        thing="contact_import",
        thing_id=import_id,
        before=None,
        after={"filename": pending.filename, "source": pending.source, **pending.counts},
        now=now,
    )
    return pending


def drop(session: Session, import_id: uuid.UUID) -> None:
    """Forget the file; nothing was written."""
    pending = _pending(session, import_id)
    pending.state, pending.content = "dropped", None


def drop_old(session: Session, now: dt.datetime) -> None:
    """A file that nobody confirmed does not stay."""
    session.execute(
        sa.update(ContactImport)
        .where(ContactImport.state == "pending", ContactImport.created_at < now - PENDING_LASTS)
        .values(state="dropped", content=None)
    )


def get(session: Session, import_id: uuid.UUID) -> ContactImport:
    found = session.get(ContactImport, import_id)
    if found is None:
        raise NotFound("import", "Cet import n’existe pas.")
    return found


def latest(session: Session, limit: int = 10) -> list[ContactImport]:
    query = sa.select(ContactImport).where(ContactImport.state == "done").order_by(ContactImport.done_at.desc())
    return list(session.scalars(query.options(sa.orm.defer(ContactImport.report)).limit(limit)))


def _pending(session: Session, import_id: uuid.UUID, *, lock: bool = False) -> ContactImport:
    query = sa.select(ContactImport).where(ContactImport.id == import_id)
    pending = session.scalar(query.with_for_update() if lock else query)
    if pending is None:
        raise NotFound("import", "Cet import n’existe pas.")
    if pending.state == "done":
        raise RuleError("import-done", "Cet import est déjà fait. Son compte rendu est gardé.")
    if pending.state == "dropped":
        raise RuleError("import-dropped", "Ce fichier n’est plus là : déposez-le de nouveau.")
    return pending


def _plan(session: Session, sheet: Sheet, pending: ContactImport) -> list[Line]:
    mapping = pending.mapping
    known = set(session.scalars(sa.select(Contact.email_key)))
    return contact_files.plan(sheet, mapping, known=known, suppressed=_unwilling(session, pending.list))


def _unwilling(session: Session, list: str) -> set[str]:
    """Keys of those who left the list, or whose address may not be written to."""
    current = current_consents(list)
    left = (
        sa.select(Contact.email_key)
        .join(current, current.c.contact_id == Contact.id)
        .where(current.c.status == WITHDRAWN)
    )
    barred = sa.select(Suppression.email_key).where(
        Suppression.scope.in_(["all", "bulk", list]),
        sa.or_(Suppression.until.is_(None), Suppression.until > sa.func.now()),
    )
    return set(session.scalars(left)) | set(session.scalars(barred))


def _with_consent(session: Session, list: str) -> set[uuid.UUID]:
    return set(session.scalars(sa.select(current_consents(list).c.contact_id)))


def _person(line: Line) -> contacts.Person:
    return contacts.Person(email=line.email, topics=line.topics, zones=line.zones, **line.values)


def _reported(line: Line) -> dict[str, object]:
    return {name: getattr(line, name) for name in ("line", "email", "outcome", "reason", "of")}


def invalid_lines(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.outcome == "invalid"]
