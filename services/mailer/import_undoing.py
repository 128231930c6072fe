"""An import that was a mistake, taken back: the wrong file, columns or list. Step 2 of nine; see `imports.py`.

Whom it added is gone, whom it put on the list is off it as if nobody had said so, and what it filled in is empty
again: the right file can come after it, or have come already: whom a later file brought too stays, with that file's
proof. Whoever got a letter meanwhile, or said or did something themselves, stays as they are: what was sent to them has
this proof.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.mailer.addresses import parse
from services.mailer.contacts import search_text
from services.mailer.models.contacts import Consent, Contact, ContactImport
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _

FIELDS = ("first_name", "last_name", "structure", "departement", "kind")
WORDS = ("topics", "zones")
Known = Mapping[str, Mapping[str, Any]]

_CAME = "FROM consents k JOIN contacts p ON p.id = k.contact_id"
_BY_IT = "WHERE k.list = :list AND k.wording_version = :version AND k.at = :at ORDER BY p.id"
_LOCK = sa.text(f"SELECT p.id {_CAME} {_BY_IT} FOR UPDATE OF p")
"""In a statement of its own, which comes first: what somebody says while we wait for them is not lost."""
_HOLD = sa.text(f"""
    SELECT m.id FROM messages m JOIN campaigns c ON c.id = m.campaign_id AND c.list = :list
    WHERE m.state IN ('pending', 'deferred') AND m.email_key IN (SELECT p.email_key {_CAME} {_BY_IT})
    ORDER BY m.id FOR UPDATE OF m
""")  # noqa: S608  (our own words)
"""What waits for them: a sender passes by what is locked, and finds afterwards that it may not go."""
_ABOUT = sa.text(f"""
    SELECT k.id AS consent, p.id,
        p.status <> 'active'
        OR EXISTS (SELECT 1 FROM consents l WHERE l.contact_id = p.id AND l.list = k.list AND l.id > k.id)
        OR EXISTS (SELECT 1 FROM messages m JOIN campaigns c ON c.id = m.campaign_id AND c.list = k.list
            WHERE m.email_key = p.email_key AND m.state NOT IN ('pending', 'deferred', 'suppressed', 'cancelled'))
        OR EXISTS (SELECT 1 FROM audit_entries a WHERE a.thing = 'contact' AND a.thing_id = CAST(p.id AS text)
            AND a.who = 'contact' AND a.at >= k.at) AS stays,
        p.created_at = k.at AND p.updated_at = k.at
        AND NOT EXISTS (SELECT 1 FROM consents o WHERE o.contact_id = p.id AND o.id <> k.id)
        AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.contact_id = p.id)
        AND NOT EXISTS (SELECT 1 FROM contacts f WHERE f.merged_into = p.id) AS only_this
    {_CAME} {_BY_IT}
""")  # noqa: S608  (our own words)


@dataclass(frozen=True)
class Undone:
    """How many people: gone altogether, off the list, with what the file had filled in emptied; left as they are."""

    gone: int
    off: int
    emptied: int
    stay: int


def known(session: Session, keys: Iterable[str]) -> Known:
    """What we know of these people: key -> field -> value."""
    columns = [getattr(Contact, name) for name in (*FIELDS, *WORDS)]
    theirs = Contact.email_key == sa.func.any(sa.cast(list(keys), ARRAY(sa.Text)))
    rows = session.execute(sa.select(Contact.email_key, *columns).where(theirs)).mappings()
    return {row["email_key"]: dict(row) for row in rows}


def filled(before: Known, after: Known) -> dict[str, dict[str, Any]]:
    """What a file added to people who were known: key -> the fields that were empty, and the words that are new."""
    found: dict[str, dict[str, Any]] = {}
    for key, had in before.items():
        has = after[key]
        new: dict[str, Any] = {name: True for name in FIELDS if has[name] != had[name]}
        new |= {name: more for name in WORDS if (more := [one for one in has[name] if one not in had[name]])}
        if new:
            found[key] = new
    return found


def same(before: Known, said: Known) -> dict[str, dict[str, Any]]:
    """What a file says of people who were known that we knew already: the same shape as `filled`."""
    found: dict[str, dict[str, Any]] = {}
    for key, had in before.items():
        says = said[key]
        told: dict[str, Any] = {name: True for name in FIELDS if had[name] and says.get(name) == had[name]}
        told |= {name: both for name in WORDS if (both := [one for one in had[name] if one in (says.get(name) or ())])}
        if told:
            found[key] = told
    return found


def undo(session: Session, import_id: uuid.UUID, *, who: str, now: dt.datetime) -> Undone:
    """Take it back, once. Raises NotFound, and RuleError for a file that was not brought in, or was taken back."""
    one = session.get(ContactImport, import_id, with_for_update=True, populate_existing=True)
    if one is None:
        raise NotFound("import", "Cet import n’existe pas.")
    if one.state != "done":
        raise RuleError("import-not-done", _("Il n’y a rien à défaire : ce fichier n’a rien écrit, ou plus."))
    theirs = {"list": one.list, "version": one.version, "at": one.done_at}
    later = _later(session, one)
    session.execute(_LOCK, theirs)
    session.execute(_HOLD, theirs)
    about = session.execute(_ABOUT, theirs).all()
    back = [row for row in about if not row.stays]
    also = _brought_again(session, one, later, [row.id for row in back])
    gone = [row.id for row in back if row.only_this and row.id not in also]
    session.execute(sa.delete(Consent).where(Consent.id == _any([row.consent for row in back], sa.BigInteger)))
    session.execute(sa.delete(Contact).where(Contact.id == _any(gone, sa.Uuid)))
    stay = len(about) - len(back) + len(also)
    done = Undone(len(gone), len(about) - len(gone) - stay, _empty(session, one, later), stay)
    one.state = "undone"
    one.preview = {"undone": {"who": who, "at": now.isoformat(), **asdict(done)}}
    one.report = [{name: line[name] for name in line if name not in ("filled", "same")} for line in one.report]
    audit.record(
        session,
        who=who,
        what="import_undone",
        thing="contact_import",
        thing_id=one.id,
        before=None,
        after={"filename": one.filename, **asdict(done)},
        now=now,
    )
    return done


def foresee(session: Session, import_id: uuid.UUID, now: dt.datetime) -> Undone:
    """What it would do: it is done, counted, and taken back."""
    with session.begin_nested() as trial:
        would = undo(session, import_id, who="", now=now)
        trial.rollback()
    return would


def _later(session: Session, one: ContactImport) -> Sequence[ContactImport]:
    """The files that came after it, held in their order: none of them is taken back while we build on its proof."""
    query = sa.select(ContactImport).where(
        ContactImport.list == one.list, ContactImport.state == "done", ContactImport.done_at > one.done_at
    )
    query = query.order_by(ContactImport.done_at, ContactImport.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _brought_again(
    session: Session, one: ContactImport, files: Sequence[ContactImport], back: list[uuid.UUID]
) -> set[uuid.UUID]:
    """Whom a later file has too: they have its proof from here on, which it did not give while this one stood."""
    person = sa.func.coalesce(Contact.merged_into, Contact.id)
    found: set[uuid.UUID] = set()
    for later in files:
        # Of somebody who is erased the line stays, without an address.
        named = [line for line in later.report if line["outcome"] == "known" and line["email"]]
        lines = {parse(str(line["email"])).key: line["line"] for line in named}
        theirs = sa.select(person, Contact.email_key).where(
            Contact.email_key == _any(list(lines), sa.Text), person == _any(back, sa.Uuid)
        )
        new = {row[0]: lines[row[1]] for row in session.execute(theirs) if row[0] not in found}
        if not new:
            continue
        proof: dict[str, Any] = {"list": later.list, "status": "given", "at": later.done_at}
        proof |= {"source": later.source, "wording": later.wording, "wording_version": later.version}
        session.execute(
            sa.insert(Consent),
            [{**proof, "contact_id": who, "evidence": f"{later.filename}, ligne {line}"} for who, line in new.items()],
        )
        # Whom this file had added came by that one: it can be taken back in its turn.
        session.execute(
            sa.update(Contact)
            .where(Contact.id == _any(list(new), sa.Uuid), Contact.created_at == one.done_at)
            .values(created_at=later.done_at, updated_at=sa.func.greatest(Contact.updated_at, later.done_at))
        )
        found |= set(new)
    return found


def _any(values: list[Any], kind: Any) -> sa.ColumnElement[Any]:
    return sa.func.any(sa.cast(values, ARRAY(kind)))


def _empty(session: Session, one: ContactImport, files: Sequence[ContactImport]) -> int:
    """What the file filled in of people who were known, unless somebody changed their record since, or a later file
    says the same."""
    lines = {str(line["email"]).lower(): line["filled"] for line in one.report if line.get("filled")}
    theirs = sa.select(Contact).where(
        Contact.email_key == _any(list(lines), sa.Text), Contact.updated_at == one.done_at
    )
    again = _same(files)
    emptied = 0
    for contact in session.scalars(theirs.order_by(Contact.id).with_for_update()):
        new = lines[contact.email_key]
        told = again.get(contact.email_key, [])
        for name in FIELDS:
            if new.get(name) and not any(name in one for one in told):
                setattr(contact, name, "")
        for name in WORDS:
            goes = set(new.get(name, ())).difference(*(one.get(name, ()) for one in told))
            setattr(contact, name, [word for word in getattr(contact, name) if word not in goes])
        contact.search = search_text(contact)
        emptied += 1
    return emptied


def _same(files: Sequence[ContactImport]) -> dict[str, list[dict[str, Any]]]:
    """What each file says of people that was known: by address, for those who are not erased."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (line for file in files for line in file.report if line.get("same")):
        found.setdefault(str(line["email"]).lower(), []).append(line["same"])
    return found
