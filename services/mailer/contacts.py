"""Contacts and their consent: step 2 of nine. Rules in `addresses.py`, tables in `models/contacts.py`.

Consent is a history of facts: `subscribe` and `withdraw` add one when it changes something, and nothing
else does. A person who left is never brought back by an import, only by their own doing.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from services.mailer import announce, suppressions
from services.mailer.addresses import parse
from services.mailer.models.contacts import GIVEN, WITHDRAWN, Consent, Contact
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _


@dataclass(frozen=True)
class Person:
    """What somebody says about themselves when they subscribe."""

    email: str
    first_name: str = ""
    last_name: str = ""
    structure: str = ""
    locale: str = "fr"
    topics: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    departement: str = ""
    kind: str = ""


def searchable(*parts: str) -> str:
    """Text as it is searched: without accents, lower case, single spaces."""
    text = unicodedata.normalize("NFKD", " ".join(parts).replace("œ", "oe").replace("Œ", "oe").replace("’", "'"))
    if not text.isascii():
        text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


def search_text(person: Person | Contact) -> str:
    who = (person.first_name, person.last_name, person.structure, person.email)
    return searchable(*who, *person.topics, *person.zones)


# One statement however many: an import of 3,000 lines is one round trip.
_ADD = sa.text("""
    INSERT INTO contacts (id, email, email_key, first_name, last_name, structure, locale, topics, zones,
        departement, kind, search, created_at, updated_at)
    SELECT new_uuid7(), email, email_key, first_name, last_name, structure, locale,
        ARRAY(SELECT jsonb_array_elements_text(topics)), ARRAY(SELECT jsonb_array_elements_text(zones)),
        departement, kind, search, :now, :now
    FROM jsonb_to_recordset(:rows) AS new (email text, email_key text, first_name text, last_name text,
        structure text, locale text, topics jsonb, zones jsonb, departement text, kind text,
        search text)
    ON CONFLICT (email_key) DO NOTHING
    RETURNING email_key
""").bindparams(sa.bindparam("rows", type_=JSONB))


def save(session: Session, people: Iterable[Person], now: dt.datetime) -> dict[str, uuid.UUID]:
    """Add the unknown, complete the known without overwriting anything; key -> contact id for all of them.

    Raises InvalidAddress. Two transactions that add the same person end with one row.
    """
    keyed: dict[str, Person] = {}
    for person in people:
        address = parse(person.email)
        keyed.setdefault(address.key, replace(person, email=address.email))
    if not keyed:
        return {}
    rows = [
        {
            "email": person.email,
            "email_key": key,
            "first_name": person.first_name[:120],
            "last_name": person.last_name[:120],
            "structure": person.structure[:200],
            "locale": person.locale,
            "topics": list(person.topics),
            "zones": list(person.zones),
            "departement": person.departement,
            "kind": person.kind,
            "search": search_text(person),
        }
        for key, person in sorted(keyed.items())  # one order everywhere: no deadlock between two imports
    ]
    added = set(session.scalars(_ADD, {"rows": rows, "now": now}))
    suppressions.recall(session, added)
    earlier = sa.select(Contact).where(_is_one_of(key for key in keyed if key not in added))
    for contact in session.scalars(earlier.order_by(Contact.email_key).with_for_update()):
        if contact.merged_into is None:
            complete(contact, keyed[contact.email_key], now)
    session.flush()
    lead_to = sa.func.coalesce(Contact.merged_into, Contact.id).label("id")
    ids = session.execute(sa.select(Contact.email_key, lead_to).where(_is_one_of(keyed)))
    return {row.email_key: row.id for row in ids}


def add(session: Session, person: Person, *, who: str, now: dt.datetime) -> tuple[uuid.UUID, bool]:
    """Somebody the team met: the contact of today, and whether they were known before. Raises InvalidAddress."""
    key = parse(person.email).key
    known = session.scalar(sa.select(Contact.id).where(Contact.email_key == key)) is not None
    contact_id = save(session, [person], now)[key]
    if known:  # perhaps under a former address, which `save` leaves as it is
        complete(_today(session, contact_id), person, now)
    audit.record(
        session,
        who=who,
        what="completed" if known else "added",
        thing="contact",
        thing_id=contact_id,
        before=None,
        after={"email": person.email},
        now=now,
    )
    return contact_id, known


def _is_one_of(keys: Iterable[str]) -> sa.ColumnElement[bool]:
    """One array parameter, however many keys: 50,000 single ones would not fit a statement."""
    return Contact.email_key == sa.func.any(sa.cast(list(keys), ARRAY(sa.Text)))


def leads_to(session: Session, contact_id: uuid.UUID) -> uuid.UUID:
    """Who stands behind an id that a mail carries: the contact, or the one it was merged into since."""
    into = session.scalar(sa.select(Contact.merged_into).where(Contact.id == contact_id))
    return into or contact_id


def complete(contact: Contact, person: Person | Contact, now: dt.datetime) -> None:
    """Fill what is not known yet, overwriting nothing."""
    changed = False
    for name in ("first_name", "last_name", "structure", "departement", "kind"):
        if not getattr(contact, name) and getattr(person, name):
            setattr(contact, name, getattr(person, name))
            changed = True
    for name in ("topics", "zones"):
        more = [word for word in getattr(person, name) if word not in getattr(contact, name)]
        if more:
            setattr(contact, name, [*getattr(contact, name), *more])
            changed = True
    if changed:
        contact.search = search_text(contact)
        contact.updated_at = now


def subscribe(
    session: Session,
    person: Person,
    list: str,
    source: str,
    wording: str,
    wording_version: str,
    at: dt.datetime,
    evidence: str = "",
) -> uuid.UUID:
    """The person agreed, themselves: keep them and the fact, whatever they said before `at`. Returns the contact.

    For what people do with their own hands; a file somebody else brings goes through `imports.py`. Saying yes
    twice with the same words is one fact. A yes that arrives late, after they have left, brings nobody back.
    Raises InvalidAddress.
    """
    key = parse(person.email).key
    former = sa.select(Contact).where(Contact.email_key == key, Contact.status == "merged", Contact.updated_at < at)
    if (merged := session.scalar(former.with_for_update())) is not None:
        _part(session, merged, at)
    contact_id = save(session, [person], at)[key]
    _lock(session, contact_id)
    suppressions.lift_erased(session, key, at)
    early_no = suppressions.take_early_no(session, key, list)
    if status(session, contact_id, list) != GIVEN and not _said_after(session, contact_id, list, WITHDRAWN, at):
        _add(session, contact_id, list, GIVEN, source, wording, wording_version, at, evidence)
        if early_no is not None and early_no[0] >= at:
            withdraw(session, contact_id, list, source, wording, wording_version, *early_no)
    return contact_id


def withdraw(
    session: Session,
    contact_id: uuid.UUID,
    list: str,
    source: str,
    wording: str,
    wording_version: str,
    at: dt.datetime,
    evidence: str = "",
) -> bool:
    """The person leaves the list. Returns False when they had left already: nothing is added then."""
    return _leave(session, _today(session, contact_id), list, source, wording, wording_version, at, evidence)


def _leave(session: Session, contact: Contact, list: str, *said: Any) -> bool:
    source, wording, wording_version, at, evidence = said
    if status(session, contact.id, list) == WITHDRAWN:
        return False
    _add(session, contact.id, list, WITHDRAWN, source, wording, wording_version, at, evidence)
    announce.contact_unsubscribed(session, contact, list=list, source=source, now=at)
    return True


def _part(session: Session, former: Contact, at: dt.datetime) -> None:
    """Whoever agrees under a former address of somebody wants it there: it is a contact of its own again.

    What was agreed to there before has moved to the address of then, and stays there: it would come twice.
    """
    former.status, former.merged_into, former.search, former.updated_at = "active", None, search_text(former), at
    session.flush()
    lists = session.scalars(sa.select(Consent.list).where(Consent.contact_id == former.id).distinct())
    for list in lists.all():
        if status(session, former.id, list) == GIVEN:
            _add(session, former.id, list, WITHDRAWN, "adresse réunie à une autre", "", "merged-1", at, "")


def take_back(
    session: Session,
    email: str,
    list: str,
    source: str,
    wording: str,
    wording_version: str,
    at: dt.datetime,
    evidence: str,
) -> None:
    """The owner of that address took back, at `at` and elsewhere, what they had agreed to.

    A no that arrives late, after they have come back, sends nobody away. One that overtakes its own yes is kept, so
    that the yes changes nothing when it comes; of somebody unknown only the mark of the address is.
    """
    key = parse(email).key
    known = session.scalar(sa.select(Contact.id).where(Contact.email_key == key))
    if known is None:
        suppressions.keep_early_no(session, key, list, at, evidence)
        return
    said = (source, wording, wording_version, at, evidence)
    there, today = _lock(session, known), _today(session, known)
    for contact in dict.fromkeys((there, today)):  # a no under a former address holds under the one of today, too
        now = status(session, contact.id, list)
        if now == GIVEN and not _said_after(session, contact.id, list, GIVEN, at):
            _leave(session, contact, list, *said)
        elif not now:
            _add(session, contact.id, list, WITHDRAWN, *said)


def take_over(session: Session, contact_id: uuid.UUID, said: Consent) -> None:
    """What the same person said under another address holds for this one, with its proof."""
    words = (said.source, said.wording, said.wording_version, said.at, said.evidence)
    if said.status == WITHDRAWN and status(session, contact_id, said.list) == GIVEN:
        withdraw(session, contact_id, said.list, *words)
    else:
        _add(session, contact_id, said.list, said.status, *words)


def resubscribe(
    session: Session, contact_id: uuid.UUID, list: str, source: str, at: dt.datetime, wording: str = "Me réabonner"
) -> bool:
    """The person comes (back) to a list, from their own link. Returns False when they were subscribed."""
    contact = _today(session, contact_id)
    suppressions.take_early_no(session, contact.email_key, list)
    if status(session, contact.id, list) == GIVEN:
        return False
    _add(session, contact.id, list, GIVEN, source, wording, "preferences-1", at, "")
    return True


def confirm_again(
    session: Session,
    contact_id: uuid.UUID,
    list: str,
    source: str,
    wording: str,
    wording_version: str,
    at: dt.datetime,
    evidence: str,
) -> bool:
    """The person says once more that they want a list they are on: a fresh proof. False when they are not on it."""
    contact = _today(session, contact_id)
    if status(session, contact.id, list) != GIVEN:
        return False
    _add(session, contact.id, list, GIVEN, source, wording, wording_version, at, evidence)
    return True


def status(session: Session, contact_id: uuid.UUID, list: str) -> str:
    """given, withdrawn, or "" when nothing was ever said."""
    latest = (
        sa.select(Consent.status)
        .where(Consent.contact_id == contact_id, Consent.list == list)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return session.scalar(latest) or ""


def _said_after(session: Session, contact_id: uuid.UUID, list: str, status: str, at: dt.datetime) -> bool:
    """Facts may be late: parked, then replayed days after somebody has said otherwise."""
    said = sa.exists().where(
        Consent.contact_id == contact_id, Consent.list == list, Consent.status == status, Consent.at > at
    )
    return bool(session.scalar(sa.select(said)))


def _lock(session: Session, contact_id: uuid.UUID) -> Contact:
    """Two clicks at once must not both find the other's fact missing."""
    found = sa.select(Contact).where(Contact.id == contact_id).with_for_update()
    contact = session.scalar(found.execution_options(populate_existing=True))
    if contact is None:
        raise NotFound("contact", "Ce contact n’existe pas, ou plus.")
    return contact


def _today(session: Session, contact_id: uuid.UUID) -> Contact:
    """The contact, locked; or whom it was merged into, perhaps while we waited."""
    contact = _lock(session, contact_id)
    return contact if contact.merged_into is None else _lock(session, contact.merged_into)


def _add(
    session: Session,
    contact_id: uuid.UUID,
    list: str,
    status: str,
    source: str,
    wording: str,
    wording_version: str,
    at: dt.datetime,
    evidence: str,
) -> None:
    session.add(
        Consent(
            contact_id=contact_id,
            list=list,
            status=status,
            source=source,
            wording=wording,
            wording_version=wording_version,
            at=at,
            evidence=evidence,
        )
    )
    session.flush()


def withdraw_by_staff(
    session: Session, contact_id: uuid.UUID, list: str, *, reason: str, who: str, at: dt.datetime
) -> bool:
    """Somebody asked us by telephone or by mail to leave."""
    done = withdraw(session, contact_id, list, f"équipe : {who}", reason, "staff-1", at)
    if done:
        audit.record(
            session,
            who=who,
            what="unsubscribed",
            thing="contact",
            thing_id=contact_id,
            before={"list": list, "status": GIVEN},
            after={"list": list, "status": WITHDRAWN, "reason": reason},
            now=at,
        )
    return done


def correct(session: Session, contact_id: uuid.UUID, values: dict[str, Any], *, who: str, now: dt.datetime) -> None:
    """Change what we know of somebody: names, structure, locale, topics, zones, departement, kind.

    Raises NotFound, and RuleError for a contact that was merged meanwhile: what is known stands with the other.
    """
    contact = _lock(session, contact_id)
    if contact.merged_into is not None:
        message = _("Cette fiche vient d’être réunie à une autre : corrigez celle-là.")
        raise RuleError("merged-already", message)
    before = {name: getattr(contact, name) for name in values if getattr(contact, name) != values[name]}
    if not before:
        return
    for name in before:
        setattr(contact, name, values[name])
    contact.search = search_text(contact)
    contact.updated_at = now
    audit.record(
        session,
        who=who,
        what="corrected",
        thing="contact",
        thing_id=contact_id,
        before=before,
        after={name: values[name] for name in before},
        now=now,
    )
