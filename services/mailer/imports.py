"""Bringing contacts in from a file: step 2 of nine. The file is read by `contact_sheets.py` and `contact_files.py`.

Between preview and confirmation the file waits in `contact_imports`; the confirmation reads it again, against
the contacts of that moment, and leaves a report per line instead of the file. A long file is read and written by
the worker (`work`), a short one at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.mailer import contact_files, contact_sheets, contacts, import_undoing, lists, suppressions
from services.mailer.contact_files import FIELDS, FileRefused, Line, Sheet
from services.mailer.models.contacts import ECHO, WITHDRAWN, Contact, ContactImport, current_consents
from services.mailer.models.ledger import Suppression
from shared import audit
from shared.db import Database
from shared.errors import NotFound, RuleError

log = structlog.get_logger(__name__)
PENDING_LASTS = dt.timedelta(days=2)
BATCH = 1000
MOST_TRIES = 3
"""A file that ends its worker, or that the database refuses, is given up after as many."""
Tell = Callable[[float], None]
_LIGHT = (sa.orm.defer(ContactImport.report), sa.orm.defer(ContactImport.content))


class Overtaken(Exception):
    """Somebody dropped the file while it was read."""


_CONSENT = sa.text("""
    INSERT INTO consents (contact_id, list, status, source, wording, wording_version, at, evidence)
    SELECT new.id, :list, 'given', :source, :wording, :version, :at, CAST(:file AS text) || ', ligne ' || new.line
    FROM jsonb_to_recordset(:rows) AS new (id uuid, line integer) ORDER BY new.line
""").bindparams(sa.bindparam("rows", type_=JSONB))


def begin(
    session: Session, *, filename: str, content: bytes, who: str, now: dt.datetime, list: str = ECHO
) -> uuid.UUID:
    """Keep a file for a list; read it now unless it is long.

    Raises FileRefused for what can be told at once, NotFound for a list that is not there.
    """
    long = contact_sheets.is_long(content)
    if not long:
        contact_files.read(content)
    elif len(content) > contact_sheets.LARGEST:
        raise FileRefused("too-large", megabytes=contact_sheets.LARGEST // 1_000_000)
    drop_old(session, now)
    waiting = ContactImport(
        list=lists.get(session, list).key,
        filename=filename[-200:] or "contacts.csv",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        mapping={},
        state="reading",
        created_by=who,
        created_at=now,
    )
    session.add(waiting)
    session.flush()
    if not long:
        read_in(session, waiting)
    return waiting.id


def read_in(session: Session, waiting: ContactImport, tell: Tell | None = None) -> None:
    """Read and plan a file: its preview, or why it is refused. Without a mapping the columns are guessed."""
    try:
        sheet = contact_files.read(waiting.content or b"")
    except FileRefused as refusal:
        preview: dict[str, Any] = {"reason": refusal.reason, "details": refusal.details}
        _settle(session, waiting, "refused", content=None, preview=preview)
        return
    mapping = dict(waiting.mapping) or contact_files.guess_mapping(sheet)
    lines = _plan(session, sheet, mapping, waiting.list, tell)
    wrong = invalid_lines(lines)
    preview = {
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
        "titles": [*sheet.titles, *[""] * (sheet.width - len(sheet.titles))],
        "title_line": sheet.title_line,
        "sheets": list(sheet.others),
        "others": contact_files.other_addresses(sheet, mapping) if "email" in mapping else [],
        "lines": len(lines),
        "shown": [asdict(line) for line in lines[:12]],
        "wrong": [_reported(line) for line in wrong[:30]],
    }
    counts = contact_files.count(lines)
    _settle(session, waiting, "pending", mapping=mapping, preview=preview, counts=counts, progress=0)


def map_columns(session: Session, import_id: uuid.UUID, mapping: dict[str, int]) -> None:
    """The person says which column is which; a column serves once."""
    pending = _pending(session, import_id, lock=True)
    if "email" not in mapping:
        raise RuleError("no-email-column", "Dites quelle colonne contient les adresses.", field="email")
    if len(set(mapping.values())) < len(mapping):
        raise RuleError("column-twice", "Une même colonne ne peut pas servir à deux choses.", field="email")
    pending.mapping = {name: index for name, index in mapping.items() if name in FIELDS}
    pending.state, pending.progress = "reading", 0
    session.flush()
    if not contact_sheets.is_long(pending.content or b""):
        read_in(session, pending)


def confirm(
    session: Session, import_id: uuid.UUID, *, source: str, wording: str, who: str, now: dt.datetime
) -> ContactImport:
    """Write the contacts and a consent for each that may be written to; a long file waits for the worker.

    source: where the addresses come from; wording: what the people read or heard when they agreed. Both are
    kept with each consent. Raises RuleError when either is missing or too long, or the import is done already.
    """
    if len(source.strip()) < 5:
        raise RuleError("no-source", "Dites d’où viennent ces adresses.", field="source")
    if len(wording.strip()) < 5:
        raise RuleError("no-wording", "Dites ce que ces personnes ont accepté.", field="wording")
    if len(source.strip()) > 200:
        raise RuleError("long-source", "Dites la source en 200 caractères au plus.", field="source")
    if len(wording.strip()) > 2000:
        raise RuleError("long-wording", "2 000 caractères au plus pour ces mots.", field="wording")
    pending = _pending(session, import_id, lock=True)
    pending.source, pending.wording, pending.confirmed_by = source.strip(), wording.strip(), who
    pending.state, pending.progress = "confirmed", 0
    session.flush()
    if not contact_sheets.is_long(pending.content or b""):
        write(session, pending, now)
    return pending


def write(session: Session, confirmed: ContactImport, now: dt.datetime, tell: Tell | None = None) -> None:
    """All the lines that may be written, or none: planned again, against the contacts of this moment."""
    content, mapping, name = confirmed.content or b"", dict(confirmed.mapping), confirmed.filename
    sheet = contact_files.read(content)
    lines = _plan(session, sheet, mapping, confirmed.list, (lambda part: tell(part / 2)) if tell else None)
    taken = [line for line in lines if line.outcome in ("new", "known")]
    ids: dict[str, uuid.UUID] = {}
    filled: dict[str, dict[str, Any]] = {}
    same: dict[str, dict[str, Any]] = {}
    # By address over the whole file: two imports at once lock people in one order.
    ordered = sorted(taken, key=lambda line: line.key)
    for start in range(0, len(ordered), BATCH):
        some = ordered[start : start + BATCH]
        before = import_undoing.known(session, (line.key for line in some if line.outcome == "known"))
        said = {line.key: {**line.values, "topics": line.topics, "zones": line.zones} for line in some}
        same |= import_undoing.same(before, said)
        ids |= contacts.save(session, [_person(line) for line in some], now)
        filled |= import_undoing.filled(before, import_undoing.known(session, before))
        if tell is not None:
            tell(0.5 + 0.5 * start / len(ordered))
    subscribed = _with_consent(session, confirmed.list)
    missing = [line for line in taken if ids[line.key] not in subscribed]
    session.execute(
        _CONSENT,
        {
            "rows": [{"id": str(ids[line.key]), "line": line.line} for line in missing],
            "list": confirmed.list,
            "source": confirmed.source,
            "wording": confirmed.wording,
            "version": confirmed.version,
            "at": now,
            "file": name,
        },
    )
    counts = contact_files.count(lines)
    report = [_reported(line) for line in lines]
    for line, told in zip(lines, report, strict=True):
        if line.outcome == "known":
            told |= {name: by[line.key] for name, by in (("filled", filled), ("same", same)) if line.key in by}
    _settle(session, confirmed, "done", content=None, preview={}, done_at=now, counts=counts, report=report)
    audit.record(
        session,
        who=confirmed.confirmed_by,
        what="imported",
        thing="contact_import",
        thing_id=confirmed.id,
        before=None,
        after={"filename": name, "source": confirmed.source, **counts},
        now=now,
    )


def work(db: Database, now: dt.datetime) -> bool:
    """One long file that waits, read or written, telling its page how far it is; False when none waits.

    A worker that dies leaves nothing half written: the next one begins again. A file that brings about a fault is given
    up, so that those behind it are not held back. Raises Overtaken.
    """
    taken: uuid.UUID | None = None
    tries = 0
    try:
        with db.transaction() as session:
            one = _next(session)
            if one is None:
                return False
            taken, tries = one.id, _begun(db, one)
            if tries > MOST_TRIES:
                raise RuntimeError("no worker came to the end of this file")
            tell = _teller(db, one.id)
            if one.state == "reading":
                read_in(session, one, tell)
            else:
                write(session, one, now, tell)
    except Overtaken:
        raise
    except Exception as fault:
        if taken is None:
            raise
        log.exception("contact file failed", file=str(taken), tries=tries)
        # The database being away is nobody's fault: it may be there again at the next try.
        if tries >= MOST_TRIES or not isinstance(fault, sa.exc.OperationalError | sa.exc.InterfaceError):
            _give_up(db, taken)
    return True


def _next(session: Session) -> ContactImport | None:
    """The oldest file that waits and that no other worker has."""
    waiting = (
        sa.select(ContactImport)
        .where(ContactImport.state.in_(["reading", "confirmed"]))
        .order_by(ContactImport.created_at, ContactImport.id)
    )
    # No lock on the row: its progress is written beside this transaction.
    mine = sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 2))")
    return next((one for one in session.scalars(waiting) if session.scalar(mine, {"key": str(one.id)})), None)


def _begun(db: Database, waiting: ContactImport) -> int:
    """How many times a worker has begun this step of the file, this one included. Raises Overtaken."""
    tries = int(waiting.preview.get("tries", 0)) + 1
    with db.transaction() as session:
        of = sa.update(ContactImport).where(ContactImport.id == waiting.id, ContactImport.state == waiting.state)
        marked = of.values(preview={**waiting.preview, "tries": tries}).returning(ContactImport.id)
        if session.scalar(marked) is None:
            raise Overtaken
    return tries


def _give_up(db: Database, import_id: uuid.UUID) -> None:
    """Nothing of the file was written; its lines that were wrong anyway stay to be read."""
    with db.transaction() as session:
        one = session.get(ContactImport, import_id)
        if one is not None and one.state in ("reading", "confirmed"):
            reason = {"reason": "fault", "details": {"number": str(one.id)[-8:]}}
            one.report = list(one.preview.get("wrong", []))
            one.state, one.content, one.preview, one.progress = "refused", None, reason, 0


def _teller(db: Database, import_id: uuid.UUID) -> Tell:
    said = -1

    def tell(part: float) -> None:
        nonlocal said
        percent = min(int(part * 100), 99)
        if percent != said:
            said = percent
            with db.transaction() as session:
                of = sa.update(ContactImport).where(ContactImport.id == import_id)
                session.execute(of.values(progress=percent))

    return tell


def _settle(session: Session, waiting: ContactImport, state: str, **values: Any) -> None:
    """What became of a file, unless somebody dropped it meanwhile: then nothing of it is written."""
    before = waiting.state
    of = sa.update(ContactImport).where(ContactImport.id == waiting.id, ContactImport.state == before)
    settled = of.values(state=state, **values).returning(ContactImport.id)
    if session.execute(settled, execution_options={"synchronize_session": False}).one_or_none() is None:
        raise Overtaken
    session.refresh(waiting)


def drop(session: Session, import_id: uuid.UUID) -> None:
    """Forget the file; nothing was written."""
    pending = _pending(session, import_id, lock=True, reading=True)
    pending.state, pending.content, pending.preview = "dropped", None, {}


def drop_old(session: Session, now: dt.datetime) -> None:
    """A file that nobody confirmed does not stay."""
    session.execute(
        sa.update(ContactImport)
        .where(ContactImport.state.in_(["pending", "reading"]), ContactImport.created_at < now - PENDING_LASTS)
        .values(state="dropped", content=None, preview={})
    )


def get(session: Session, import_id: uuid.UUID) -> ContactImport:
    found = session.get(ContactImport, import_id)
    if found is None:
        raise NotFound("import", "Cet import n’existe pas.")
    return found


def unfinished(session: Session, now: dt.datetime) -> list[ContactImport]:
    """Files that are read, wait, are written or were refused: whoever closed the page of one finds it here."""
    query = sa.select(ContactImport).where(
        ContactImport.state.in_(["reading", "pending", "confirmed", "refused"]),
        ContactImport.created_at > now - PENDING_LASTS,
    )
    return list(session.scalars(query.order_by(ContactImport.created_at.desc()).options(*_LIGHT).limit(5)))


def latest(session: Session, limit: int = 10) -> list[ContactImport]:
    written = ContactImport.state.in_(["done", "undone"])
    query = sa.select(ContactImport).where(written).order_by(ContactImport.done_at.desc())
    return list(session.scalars(query.options(*_LIGHT).limit(limit)))


def _pending(session: Session, import_id: uuid.UUID, *, lock: bool = False, reading: bool = False) -> ContactImport:
    query = sa.select(ContactImport).where(ContactImport.id == import_id)
    pending = session.scalar(query.with_for_update() if lock else query)
    if pending is None:
        raise NotFound("import", "Cet import n’existe pas.")
    if pending.state in ("done", "undone"):
        raise RuleError("import-done", "Cet import est déjà fait. Son compte rendu est gardé.")
    if pending.state == "confirmed":
        raise RuleError("import-running", "Cet import est confirmé : il est en train de s’écrire.")
    if pending.state == "reading" and not reading:
        raise RuleError("import-reading", "Ce fichier n’est pas encore lu jusqu’au bout : attendez un instant.")
    if pending.state in ("dropped", "refused"):
        raise RuleError("import-dropped", "Ce fichier n’est plus là : déposez-le de nouveau.")
    return pending


def _plan(session: Session, sheet: Sheet, mapping: dict[str, int], list: str, tell: Tell | None = None) -> list[Line]:
    known = set(session.scalars(sa.select(Contact.email_key)))
    lines = contact_files.plan(sheet, mapping, known=known, suppressed=_unwilling(session, list), tell=tell)
    erased = suppressions.barred(session, list, (line.key for line in lines if line.outcome == "new"))
    return [
        replace(line, outcome="suppressed") if line.key in erased and line.outcome == "new" else line for line in lines
    ]


def _unwilling(session: Session, list: str) -> set[str]:
    """Keys of those who left the list, or whose address may not be written to."""
    current = current_consents(list)
    left = (
        sa.select(Contact.email_key)
        .join(current, current.c.contact_id == sa.func.coalesce(Contact.merged_into, Contact.id))
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
